import type { OutputDefinition } from '@tinybirdco/sdk';

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

/**
 * Builds the same rows as tuples, for a node that makes several rows of one: a SELECT then reads its source once.
 *
 * @param blank as above
 * @param types type of each column, in the same order
 */
export function tuplesOf<Column extends string>(
  blank: Readonly<Record<Column | 'kind', string>>,
  types: OutputDefinition,
) {
  const type = `Tuple(${Object.values(types)
    .map(({ _tinybirdType: name }) => name.replaceAll("'", "''"))
    .join(', ')})`;
  return {
    /** SQL of one row. */
    row: (kind: string, row: Partial<Record<Column, string>>): string =>
      `CAST((${Object.values<string>({ ...blank, ...row, kind: `'${kind}'` }).join(', ')}), '${type}')`,
    /** SQL of the columns of a tuple. */
    columns: (tuple: string): string =>
      Object.keys(types)
        .map((name, place) => `${tuple}.${place + 1} AS ${name}`)
        .join(',\n  '),
    /** SQL of one column of a tuple. */
    part: (tuple: string, column: Column | 'kind'): string =>
      `${tuple}.${Object.keys(types).indexOf(column) + 1}`,
    /** SQL of a tuple with another value in its first column. */
    withFirst: (tuple: string, value: string): string =>
      `(${[
        value,
        ...Object.keys(types)
          .slice(1)
          .map((_, place) => `${tuple}.${place + 2}`),
      ].join(', ')})`,
  };
}
