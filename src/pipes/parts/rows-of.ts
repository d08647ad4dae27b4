/**
 * Makes the rows of a question that tells things of several kinds: each kind names the columns that it has, and the
 * rest stand as the question leaves them blank. A UNION of them cannot mix up columns.
 *
 * @param blank what stands in each column, in order, where a kind does not say; one of them is `kind`
 */
export function rowsOf<Column extends string>(blank: Readonly<Record<Column | 'kind', string>>) {
  return (kind: string, source: string, row: Partial<Record<Column, string>>): string => {
    const columns = Object.entries<string>({ ...blank, ...row, kind: `'${kind}'` });
    return `
SELECT
  ${columns.map(([column, expression]) => (expression === column ? column : `${expression} AS ${column}`)).join(',\n  ')}
FROM ${source}`;
  };
}

/** Columns that the source has under the same name. */
export const asNamed = <Column extends string>(...columns: Column[]): Record<Column, string> =>
  Object.fromEntries(columns.map((column) => [column, column as string])) as Record<Column, string>;
