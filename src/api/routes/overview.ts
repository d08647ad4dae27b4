/** The route of the whole overview of a window. */
import * as z from 'zod/mini';
import { costTrend, usageOverview } from '../../pipes/index.js';
import { periodNames } from '../../pipes/parts/period-names.js';
import { rowSchema, rowsSchema } from '../../store/row-schema.js';
import { defineRoute } from '../route.js';
import { MOST_ROWS } from '../slice.js';
import { askTrend, trendParameters } from '../trend-parameters.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

const { metrics, parts, tools } = rowSchema(usageOverview).shape;

export const overview = defineRoute({
  path: '/v1/overview',
  summary:
    'How did the window go, what did its parts cost, which tools were called, and how did cost develop?',
  parameters: { ...windowParameters, ...trendParameters },
  pipes: [usageOverview, costTrend],
  answer: z.strictObject({
    window: windowSchema,
    metrics,
    parts,
    tools,
    period: z.enum(periodNames),
    timezone: z.string(),
    periods: rowsSchema(costTrend),
  }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const [[usage], trend] = await Promise.all([
      client.usageOverview.query({ ...params, limit: MOST_ROWS }),
      askTrend(client, { params, window }, given, now),
    ]);
    return { window, metrics: [], parts: [], tools: [], ...usage, ...trend };
  },
});
