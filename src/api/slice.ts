/** Reads the parameters of a list that is answered page by page, and makes its pages. */
import * as z from 'zod/mini';
import { pageWith, readPlace } from '../base/pages.js';
import type { PageOrder } from '../pipes/parts/page-order.js';
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

/**
 * Asks for a page of a list that goes on after a row: rows that are stored between two pages neither hide one nor show
 * one twice. Only a row whose own figure changed in the meantime can move over the end of a page.
 *
 * @param list the list, and its order: a cursor is for one list alone
 * @param ask asks a pipe for the rows after a place
 * @throws {ApiError} for a text that is no cursor of this list
 */
export async function askAfter<Row extends Readonly<Record<string, unknown>>>(
  { limit = MOST_ROWS, cursor }: Given<typeof sliceParameters>,
  { name, order }: { name: string; order: PageOrder },
  ask: (slice: { limit: number; after?: string }) => Promise<Row[]>,
): Promise<Slice<Row>> {
  const [of, ...place] = cursor === undefined ? [name] : (readPlace(cursor) ?? []);
  if (of !== name || (cursor !== undefined && !order.isPlace(place)))
    throw badRequest('cursor takes the next_cursor of the previous page');
  // One more row shows whether another page follows.
  const found = await ask({
    limit: limit + 1,
    ...(cursor === undefined ? {} : { after: JSON.stringify(place) }),
  });
  const { page, cursor: next } = pageWith(found, limit, (row) => [name, ...order.placeOf(row)]);
  return { rows: page, next_cursor: next };
}
