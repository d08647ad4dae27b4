/** The route of the list of sessions, page by page. */
import * as z from 'zod/mini';
import { pageWith, readPlace } from '../../base/pages.js';
import { sessionList } from '../../pipes/index.js';
import { afterSession, placeInCursor, sessionCursor } from '../../pipes/parts/session-place.js';
import { sessionOrders, sessionSorts } from '../../pipes/parts/session-sorts.js';
import { sessionStatuses } from '../../pipes/parts/session-status.js';
import { rowsSchema } from '../../store/row-schema.js';
import { badRequest } from '../error.js';
import { amount, byDefault, count, text, word } from '../parameters.js';
import { defineRoute } from '../route.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

/** Must equal the default of the pipe. */
const DEFAULT_LIMIT = 20;

export const sessions = defineRoute({
  path: '/v1/sessions',
  summary: 'Which sessions were there? A page, by default the last active first.',
  parameters: {
    ...windowParameters,
    status: word(...sessionStatuses),
    device: text('a machine, by its random id'),
    user: text('a user, by the hash that cost_by_user names'),
    min_cost_usd: amount(),
    max_cost_usd: amount(),
    prefix: text('the beginning of a session id'),
    sort: byDefault(word(...sessionSorts), 'activity'),
    order: byDefault(word(...sessionOrders), 'desc'),
    limit: byDefault(count(1_000), DEFAULT_LIMIT),
    cursor: text('the next_cursor of the previous page, with the same sort and order'),
  },
  pipes: [sessionList],
  // A session without an end is active for 24 hours after its last activity, then abandoned.
  settlesAfterMs: 24 * 3_600_000,
  answer: z.strictObject({
    window: windowSchema,
    sort: z.enum(sessionSorts),
    order: z.enum(sessionOrders),
    sessions: rowsSchema(sessionList),
    /** Cursor of the next page; null on the last page. */
    next_cursor: z.nullable(z.string()),
  }),
  async ask({
    client,
    given: {
      status,
      device,
      user,
      prefix,
      min_cost_usd,
      max_cost_usd,
      sort = 'activity',
      order = 'desc',
      limit = DEFAULT_LIMIT,
      cursor,
      ...given
    },
    now,
  }) {
    const { params, window } = readWindow(given, now);
    const after = cursor === undefined ? undefined : placeInCursor(readPlace(cursor) ?? [], { sort, order });
    if (cursor !== undefined && after === undefined)
      throw badRequest('cursor takes the next_cursor of the previous page, with the same sort and order');
    const found = await client.sessionList.query({
      ...params,
      ...(status === undefined ? {} : { status }),
      ...(device === undefined ? {} : { device }),
      ...(user === undefined ? {} : { user }),
      ...(min_cost_usd === undefined ? {} : { min_cost_usd }),
      ...(max_cost_usd === undefined ? {} : { max_cost_usd }),
      ...(prefix === undefined ? {} : { session_prefix: prefix }),
      ...(after === undefined ? {} : afterSession(after)),
      ...{ sort, order },
      // One more row shows whether another page follows.
      limit: limit + 1,
    });
    const { page, cursor: next } = pageWith(found, limit, (row) => sessionCursor(row, { sort, order }));
    return { window, sort, order, sessions: page, next_cursor: next };
  },
});
