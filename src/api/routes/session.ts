/** The routes of one session and its timeline. */
import * as z from 'zod/mini';
import type { TinybirdClient } from '../../store/client-types.js';
import {
  costAudit,
  sessionContents,
  sessionOverview,
  sessionThreads,
  sessionTimeline,
} from '../../pipes/index.js';
import { rowSchema, rowsSchema } from '../../store/row-schema.js';
import { ApiError } from '../error.js';
import { defineRoute } from '../route.js';

/** The overview of one session. @throws {ApiError} 404 */
async function overviewOf(client: TinybirdClient, id: string) {
  // No session has an empty id: rows under it belong to an unknown session.
  const [row] = id === '' ? [] : await client.sessionOverview.query({ session_id: id });
  if (row === undefined) throw new ApiError(404, 'not_found', `there is no session ${JSON.stringify(id)}`);
  return row;
}

export const session = defineRoute({
  path: '/v1/sessions/:id',
  summary: 'What was this session, which threads did it have, and what did each cost?',
  parameters: {},
  pipes: [sessionOverview, sessionThreads, costAudit],
  answer: z.strictObject({
    session: rowSchema(sessionOverview),
    /** The client's own total; null if the session has neither requests nor a summary. */
    client: z.nullable(rowSchema(costAudit)),
    threads: rowsSchema(sessionThreads),
  }),
  async ask({ client, id }) {
    const [row, threads, [audit = null]] = await Promise.all([
      overviewOf(client, id),
      client.sessionThreads.query({ session_id: id }),
      client.costAudit.query({ session_id: id }),
    ]);
    return { session: row, client: audit, threads };
  },
});

export const timeline = defineRoute({
  path: '/v1/sessions/:id/timeline',
  summary: 'What happened in this session, prompt by prompt?',
  parameters: {},
  pipes: [sessionOverview, sessionTimeline],
  answer: z.strictObject({ session_id: z.string(), timeline: rowsSchema(sessionTimeline) }),
  async ask({ client, id }) {
    const rows = id === '' ? [] : await client.sessionTimeline.query({ session_id: id });
    // A known session may have no steps.
    if (rows.length === 0) await overviewOf(client, id);
    return { session_id: id, timeline: rows };
  },
});

export const contents = defineRoute({
  path: '/v1/sessions/:id/contents',
  summary: 'Which texts of this session are kept? None at privacy tier 1.',
  parameters: {},
  pipes: [sessionOverview, sessionContents],
  answer: z.strictObject({ session_id: z.string(), contents: rowsSchema(sessionContents) }),
  async ask({ client, id }) {
    const rows = id === '' ? [] : await client.sessionContents.query({ session_id: id });
    if (rows.length === 0) await overviewOf(client, id);
    return { session_id: id, contents: rows };
  },
});
