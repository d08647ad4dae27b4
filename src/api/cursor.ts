import { storeMoment, storeText } from '../base/time/store-time.js';

/** A session, as far as its place in the list goes. */
interface Placed {
  last_activity: string | null;
  session_id: string;
}

/** A place in the list, short and in letters that need no quoting: its time in milliseconds, and its session. */
function cursorAfter({ last_activity: activity, session_id: id }: Placed): string {
  return `${activity === null ? '' : storeMoment(activity).getTime().toString(36)}.${id}`;
}

/** Parameters of session_list that go on after a cursor; undefined for what no page printed. */
export function readCursor(cursor: string): { after_activity?: string; after_session: string } | undefined {
  const [, time, id] = /^([0-9a-z]*)\.(.*)$/.exec(cursor) ?? [];
  const moment = new Date(time === '' ? 0 : Number.parseInt(time ?? '', 36));
  if (time === undefined || id === undefined || Number.isNaN(moment.getTime())) return undefined;
  if (time === '') return { after_session: id };
  return { after_activity: storeText(moment), after_session: id };
}

/**
 * A page of at most `limit` rows, and the cursor to go on after it; null where nothing follows.
 *
 * @param found the page's rows and one more, which tells whether something follows
 */
export function pageOf<Row extends Placed>(
  found: readonly Row[],
  limit: number,
): { page: Row[]; cursor: string | null } {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return { page, cursor: found.length > limit && last !== undefined ? cursorAfter(last) : null };
}
