/** The route of the summary of a window. */
import * as z from 'zod/mini';
import { usageSummary } from '../../pipes/index.js';
import { rowsSchema } from '../../store/row-schema.js';
import { defineRoute } from '../route.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

export const summary = defineRoute({
  path: '/v1/summary',
  aliases: ['/api/analytics/metrics'],
  summary: 'How did the window go, compared with the window of the same length before it?',
  parameters: windowParameters,
  pipes: [usageSummary],
  answer: z.strictObject({ window: windowSchema, metrics: rowsSchema(usageSummary) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    return { window, metrics: await client.usageSummary.query(params) };
  },
});
