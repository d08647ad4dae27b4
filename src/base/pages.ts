/**
 * Lists that come a page at a time, each page after the last row of the one before. Rows are in the order of a time;
 * an id tells those of one moment apart.
 */
import { isStoreTime, storeMoment, storeTime } from './time/store-time.js';

/** Where a row stands in its list. */
export interface Place {
  /** As the store writes a time; null for a row without one. */
  time: string | null;
  id: string;
}

/**
 * Asks for one page after another, until one is not full. No page that it gives is empty.
 *
 * @param size rows that a full page has
 * @param ask asks for at most `size` rows after a place, in the words of the question; undefined for the first page
 * @param placeOf the place of a row, in the same words
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

/**
 * A page of at most `limit` rows, and the cursor to go on after it; null where nothing follows.
 *
 * @param found the page's rows and one more, which tells whether something follows
 */
export function pageOf<Row>(
  found: readonly Row[],
  limit: number,
  placeOf: (row: Row) => Place,
): { page: Row[]; cursor: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, cursor: found.length > limit && last !== undefined ? cursorAfter(placeOf(last)) : null };
}

/** A place as a text in letters that need no quoting. What it says is ours to change: nobody else reads it. */
function cursorAfter({ time, id }: Place): string {
  const ms = time === null ? '' : storeMoment(time).getTime().toString(36);
  return Buffer.from(`${ms}.${id}`).toString('base64url');
}

/** The place that a cursor says; undefined for a text that no page gave. */
export function readCursor(cursor: string): Place | undefined {
  const [, time, id] = /^(-?[0-9a-z]*)\.(.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (time === undefined || id === undefined) return undefined;
  const ms = Number.parseInt(time, 36);
  if (time !== '' && !isStoreTime(ms)) return undefined;
  const place = { time: time === '' ? null : storeTime(ms), id };
  return cursorAfter(place) === cursor ? place : undefined;
}
