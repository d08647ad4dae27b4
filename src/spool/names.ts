/**
 * What the names of the spool's files say. No file is looked into to count its rows, and a file that was cut tells by
 * its name how many there were.
 *
 * - `STAMP.ROWS.rows`: rows of any tables; `STAMP.TABLE.ROWS.rows`: what is left of those, of one table
 * - `STAMP.TABLE.ROWS.CHECKSUM.parquet`: a Parquet file of one table; earlier versions gave no checksum
 * - `STAMP.ndjson`: rows of any tables, as earlier versions wrote them
 */

export const SEGMENT_ENDINGS = ['.rows', '.parquet', '.ndjson'] as const;

/** A segment that is a Parquet file of one table. */
export interface FileSegment {
  table: string;
  rows: number;
  /** Null where an earlier version wrote it. */
  checksum: string | null;
}

/** What follows a segment's stamp where it is a Parquet file. */
export function fileEnding(table: string, rows: number, checksum: string): string {
  return `.${table}.${rows}.${checksum}.parquet`;
}

/** What a segment is by its name; undefined where it is one of rows. */
export function describeFile(name: string): FileSegment | undefined {
  const [, table, rows, checksum = null] = /\.(\w+)\.(\d+)(?:\.([0-9a-f]{8}))?\.parquet$/.exec(name) ?? [];
  return table === undefined ? undefined : { table, rows: Number(rows), checksum };
}

/** A segment of rows. */
export interface RowsSegment {
  /** Null where the rows are of any tables. */
  table: string | null;
  rows: number;
}

/** What follows a segment's stamp where it is one of rows. */
export function rowsEnding({ table, rows }: RowsSegment): string {
  return table === null ? `.${rows}.rows` : `.${table}.${rows}.rows`;
}

/** What a segment of rows is by its name; undefined where it is another, or an earlier version wrote it. */
function describeRows(name: string): RowsSegment | undefined {
  const [, table = null, rows] = /(?:\.(\w+))?\.(\d+)\.rows$/.exec(name) ?? [];
  return rows === undefined ? undefined : { table, rows: Number(rows) };
}

/** The only table that a segment has rows of; null where it may have rows of several. */
export function onlyTableOf(name: string): string | null {
  return describeFile(name)?.table ?? describeRows(name)?.table ?? null;
}

/** How many rows a segment holds; undefined where its name does not say. */
export function rowsOfSegment(name: string): number | undefined {
  return (describeFile(name) ?? describeRows(name))?.rows;
}

/** What comes before the ending: when the segment was written, and a text of its own. */
export function stampOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** The dead letter about so many rows of a Parquet file: the file's name and two endings more. */
export function letterOfFile(file: string, rows: number): string {
  return `${file}.${rows}.json`;
}

/** The segment that lies beside a dead letter, if that is about a file. Earlier versions gave no number of rows. */
export function fileOfLetter(letter: string): string | undefined {
  return /^(.+\.parquet)(?:\.\d+)?\.json$/.exec(letter)?.[1];
}

/** How many rows were set aside with a file of that name in the folder of dead letters. */
export function rowsOfLetter(name: string): number {
  if (!name.endsWith('.json')) return 0;
  const told = /\.parquet\.(\d+)\.json$/.exec(name)?.[1];
  return told === undefined ? (describeFile(fileOfLetter(name) ?? '')?.rows ?? 1) : Number(told);
}

/** How many rows a segment whose ending is lost says that it has; 1 where it says nothing. */
export function rowsByName(name: string): number {
  return Number(/^\d+-[0-9a-f]+(?:\.\w+)?\.(\d+)(?:\.|$)/.exec(name)?.[1] ?? 1);
}
