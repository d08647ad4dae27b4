/**
 * Lists that are read page by page, each page after the last row of the previous one. Rows are ordered by time, and
 * rows of the same time by id.
 */
import { isStoreTime, storeMoment, storeTime } from './time/store-time.js';

/** The position of a row in its list. */
export interface Place {
  /** In the store's format; null for a row without a time. */
  time: string | null;
  id: string;
}

/**
 * Asks for one page after another until one is not full. It never yields an empty page.
 *
 * @param size number of rows of a full page
 * @param ask asks for at most `size` rows after a position, given as the parameters of the question; undefined for the
 *   first page
 * @param placeOf the position of a row, in the same form
 */
export async function* pages<Row, After>(
  size: number,
  ask: (after: After | undefined) => Promise<Row[]>,
  placeOf: (row: Row) => After,
): AsyncGenerator<Row[]> {
  let after: After | undefined;
  for (;;) {
    const rows = await ask(after);
    if (rows.length > 0) yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < size) return;
    after = placeOf(last);
  }
}

/** A page of rows, and the cursor for the next page; null if there is none. */
interface Page<Row> {
  page: Row[];
  cursor: string | null;
}

/**
 * A page of at most `limit` rows.
 *
 * @param found the rows of the page and one more, which shows whether another page follows
 */
export const pageOf = <Row>(found: readonly Row[], limit: number, placeOf: (row: Row) => Place): Page<Row> =>
  cutAfter(found, limit, (row) => cursorAfter(placeOf(row)));

/**
 * The same for a list in another order.
 *
 * @param placeOf what the cursor remembers of the last row
 */
export const pageWith = <Row>(
  found: readonly Row[],
  limit: number,
  placeOf: (row: Row) => readonly (string | number | null)[],
): Page<Row> => cutAfter(found, limit, (row) => encoded(placeOf(row)));

function cutAfter<Row>(found: readonly Row[], limit: number, cursorOf: (row: Row) => string): Page<Row> {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, cursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** A position as a text that needs no quoting. Its format may change, because only this module reads it. */
function cursorAfter({ time, id }: Place): string {
  const ms = time === null ? '' : storeMoment(time).getTime().toString(36);
  return Buffer.from(`${ms}.${id}`).toString('base64url');
}

/** The position in a cursor; undefined for a text that is not a cursor of ours. */
export function readCursor(cursor: string): Place | undefined {
  const [, time, id] = /^(-?[0-9a-z]*)\.(.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (time === undefined || id === undefined) return undefined;
  const ms = Number.parseInt(time, 36);
  if (time !== '' && !isStoreTime(ms)) return undefined;
  const place = { time: time === '' ? null : storeTime(ms), id };
  return cursorAfter(place) === cursor ? place : undefined;
}

const encoded = (values: readonly unknown[]) => Buffer.from(JSON.stringify(values)).toString('base64url');

/** What a cursor of `pageWith` remembers; undefined for a text that is not a cursor of ours. */
export function readPlace(cursor: string): readonly unknown[] | undefined {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    return Array.isArray(values) && encoded(values) === cursor ? values : undefined;
  } catch {
    return undefined;
  }
}
