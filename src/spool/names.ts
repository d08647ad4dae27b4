/** What the names of the spool's files say. A file of rows is not looked into to count them. */

/** A segment that is a Parquet file of one table. */
export interface FileSegment {
  table: string;
  rows: number;
}

/** What follows a segment's stamp where it is a Parquet file. */
export function fileEnding({ table, rows }: FileSegment): string {
  return `.${table}.${rows}.parquet`;
}

/** What a segment is by its name; undefined where it is one of rows. */
export function describeFile(name: string): FileSegment | undefined {
  const [, table, rows] = /\.(\w+)\.(\d+)\.parquet$/.exec(name) ?? [];
  return table === undefined ? undefined : { table, rows: Number(rows) };
}

/** The segment that lies beside a dead letter, if that is about a file: its name and one ending more. */
export function fileOfLetter(letter: string): string | undefined {
  return /^(.+\.parquet)\.json$/.exec(letter)?.[1];
}

/** How many rows were set aside with a file of that name in the folder of dead letters. */
export function rowsOfLetter(name: string): number {
  if (!name.endsWith('.json')) return 0;
  return describeFile(fileOfLetter(name) ?? '')?.rows ?? 1;
}
