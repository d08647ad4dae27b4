/** The question cost_total: what was spent? */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';

/** What was spent? One row, cheap enough to be queried often. */
export const costTotal = defineQuestion('cost_total', {
  description:
    'What was spent in the window? One row: list price, tokens, requests, and how many of them are unpriced.',
  params: windowParams,
  nodes: [
    billedRequests(),
    node({
      name: 'total',
      sql: `
SELECT
  if(request_count = 0, 0, sumOrNull(cost_usd)) AS total_cost_usd,
  sum(total_tokens) AS tokens,
  count() AS request_count,
  countIf(cost_usd IS NULL) AS unpriced_requests
FROM billed_requests`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  total_cost_usd,
  tokens AS total_tokens,
  request_count,
  unpriced_requests
FROM total`,
    }),
  ],
  output: {
    total_cost_usd: t.float64().nullable(),
    total_tokens: t.uint64(),
    request_count: t.uint64(),
    unpriced_requests: t.uint64(),
  },
});
