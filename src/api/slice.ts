/** Reads the parameters of a list that is answered page by page, and makes its pages. */
import * as z from 'zod/mini';
import { badRequest } from './error.js';
import { byDefault, count, text, type Given } from './parameters.js';

/** The most rows of a page, which is also the default. */
export const MOST_ROWS = 1_000;

export const sliceParameters = {
  limit: byDefault(count(MOST_ROWS), MOST_ROWS),
  cursor: text('the next_cursor of the previous page'),
};

/** The cursor in an answer: null on the last page. */
export const cursorSchema = z.nullable(z.string());

/** A page of rows. */
interface Slice<Row> {
  rows: Row[];
  next_cursor: string | null;
}

/**
 * Asks for a page.
 *
 * @param ask asks a pipe for a slice of its rows
 * @throws {ApiError} for a text that is no cursor
 */
export async function askSlice<Row>(
  { limit = MOST_ROWS, cursor = '0' }: Given<typeof sliceParameters>,
  ask: (slice: { limit: number; offset: number }) => Promise<Row[]>,
): Promise<Slice<Row>> {
  if (!/^\d{1,9}$/.test(cursor)) throw badRequest('cursor takes the next_cursor of the previous page');
  const offset = Number(cursor);
  // One more row shows whether another page follows.
  const found = await ask({ limit: limit + 1, offset });
  const next = found.length > limit ? String(offset + limit) : null;
  return { rows: found.slice(0, limit), next_cursor: next };
}
