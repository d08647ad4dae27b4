import { storeMoment, storeText } from '../base/time/store-time.js';

/** The columns of a session that define its place in the list. */
interface Placed {
  last_activity: string | null;
  session_id: string;
}

/** A cursor: the time of a place in base 36 and its session id, which needs no quoting. */
function cursorAfter({ last_activity: activity, session_id: id }: Placed): string {
  return `${activity === null ? '' : storeMoment(activity).getTime().toString(36)}.${id}`;
}

/** Parameters of session_list for the page after a cursor; undefined for an invalid cursor. */
export function readCursor(cursor: string): { after_activity?: string; after_session: string } | undefined {
  const [, time, id] = /^([0-9a-z]*)\.(.*)$/.exec(cursor) ?? [];
  const moment = new Date(time === '' ? 0 : Number.parseInt(time ?? '', 36));
  if (time === undefined || id === undefined || Number.isNaN(moment.getTime())) return undefined;
  if (time === '') return { after_session: id };
  return { after_activity: storeText(moment), after_session: id };
}

/**
 * A page of at most `limit` rows, and the cursor of the next page; null if there is none.
 *
 * @param found the rows of the page and one more, which shows whether another page follows
 */
export function pageOf<Row extends Placed>(
  found: readonly Row[],
  limit: number,
): { page: Row[]; cursor: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, cursor: found.length > limit && last !== undefined ? cursorAfter(last) : null };
}
