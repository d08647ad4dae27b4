/**
 * The names of the spool's files. A name says how many rows its file holds, so no file is opened to count them, and a
 * file that was cut short is noticed.
 *
 * - `STAMP.ROWS.rows`: rows of any tables
 * - `STAMP.TABLE.ROWS.rows`: rows of one table, left over from such a segment
 * - `STAMP.TABLE.ROWS.CHECKSUM.parquet`: a Parquet file of one table; earlier versions wrote no checksum, and later ones
 *   write the version of the row layout before the ending, if it is not 1: `….v2.parquet`
 * - `STAMP.ndjson`: rows of any tables, as earlier versions wrote them
 */

export const SEGMENT_ENDINGS = ['.rows', '.parquet', '.ndjson'] as const;

/** A segment that is a Parquet file of one table. */
export interface FileSegment {
  table: string;
  rows: number;
  /** Null if an earlier version wrote the file. */
  checksum: string | null;
  /** Version of the row layout. */
  layout: number;
}

/** The part of a Parquet segment's name after the stamp. */
export function fileEnding(table: string, rows: number, checksum: string, layout = 1): string {
  return `.${table}.${rows}.${checksum}${layout === 1 ? '' : `.v${layout}`}.parquet`;
}

/** Parses the name of a Parquet segment; undefined for any other name. */
export function describeFile(name: string): FileSegment | undefined {
  const [, table, rows, checksum = null, layout = 1] =
    /\.(\w+)\.(\d+)(?:\.([0-9a-f]{8}))?(?:\.v(\d+))?\.parquet$/.exec(name) ?? [];
  return table === undefined ? undefined : { table, rows: Number(rows), checksum, layout: Number(layout) };
}

/** A segment of rows. */
export interface RowsSegment {
  /** Null for rows of any tables. */
  table: string | null;
  rows: number;
}

/** The part of a row segment's name after the stamp. */
export function rowsEnding({ table, rows }: RowsSegment): string {
  return table === null ? `.${rows}.rows` : `.${table}.${rows}.rows`;
}

/** Parses the name of a row segment; undefined for any other name, and for one of an earlier version. */
function describeRows(name: string): RowsSegment | undefined {
  const [, table = null, rows] = /(?:\.(\w+))?\.(\d+)\.rows$/.exec(name) ?? [];
  return rows === undefined ? undefined : { table, rows: Number(rows) };
}

/** The table of all rows of a segment; null if it may hold rows of several. */
export function onlyTableOf(name: string): string | null {
  return describeFile(name)?.table ?? describeRows(name)?.table ?? null;
}

/** The number of rows in a segment; undefined if its name does not say. */
export function rowsOfSegment(name: string): number | undefined {
  return (describeFile(name) ?? describeRows(name))?.rows;
}

/** The name of a segment without what was added to it: `….rows.bak`. */
export function withoutMore(name: string): string {
  return name.replace(/(\.\d+\.rows|\.parquet)\..*$/, '$1');
}

/** The part of a name before the first dot: time of writing and a random suffix. */
export function stampOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** When a segment was written, milliseconds since 1970. */
export function writtenAt(name: string): number {
  return Number(/^\d+/.exec(name)?.[0] ?? 0);
}

/** Name of the dead letter for `rows` rows of a Parquet file: the file's name, the number and `.json`. */
export function letterOfFile(file: string, rows: number): string {
  return `${file}.${rows}.json`;
}

/** The Parquet file that a dead letter is about, if it is about one. Earlier versions wrote no number of rows. */
export function fileOfLetter(letter: string): string | undefined {
  return /^(.+\.parquet)(?:\.\d+)?\.json$/.exec(letter)?.[1];
}

/** The number of dead rows that a file in the folder of dead letters stands for. */
export function rowsOfLetter(name: string): number {
  if (!name.endsWith('.json')) return 0;
  const number = /\.parquet\.(\d+)\.json$/.exec(name)?.[1];
  return number === undefined ? (describeFile(fileOfLetter(name) ?? '')?.rows ?? 1) : Number(number);
}

/** The number of rows in a segment whose ending is lost, as its name says; 1 if it does not say. */
export function rowsByName(name: string): number {
  return Number(/^\d+-[0-9a-f]+(?:\.\w+)?\.(\d+)(?:\.|$)/.exec(name)?.[1] ?? 1);
}
