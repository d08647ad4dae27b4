/** Groups the rows of a large query by several columns at a low cost. */

/** SQL of a key and of its columns; see {@link groupKey}. */
export interface GroupKey {
  /** Makes the key, for the SELECT list one level below the GROUP BY. */
  made: string;
  /** The name to group by. */
  name: string;
  /** The columns that the key is made of, for the SELECT list of the GROUP BY. */
  columns: string;
}

/**
 * The columns of a GROUP BY as one tuple. ClickHouse's analysis hashes each column of a GROUP BY or ORDER BY together
 * with the whole query below it, so that in a question over a large query each costs as much as a table more. A tuple
 * that is made one level below is hashed once: `correlation`, with seven columns, and `loops`, with twelve, take about half
 * the time on an empty store (`N=0 PIPES='correlation|loops' npx tsx bench/scale.ts`).
 *
 * @param columns SQL of each column by its name in the answer
 */
export function groupKey(columns: Readonly<Record<string, string>>): GroupKey {
  const name = 'group_key';
  const entries = Object.entries(columns);
  return {
    name,
    made: `(${entries.map(([, sql]) => sql).join(', ')}) AS ${name}`,
    columns: entries.map(([column], place) => `${name}.${place + 1} AS ${column}`).join(',\n  '),
  };
}
