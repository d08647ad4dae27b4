/**
 * Builds the rows of a question with several kinds of rows: each kind names the columns it has, and the others get the
 * question's blank value. So a UNION of the kinds cannot mix up columns.
 *
 * @param blank default of each column, in order; one column is `kind`
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
