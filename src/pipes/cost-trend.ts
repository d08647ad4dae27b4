/** The question cost_trend: how did cost and use develop? */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion } from './parts/define.js';
import { periodColumns, periodOf, periodParams, periods, wholePeriods } from './parts/periods.js';

/**
 * How did cost and use develop? One row per hour, day, week or month of the window, in order; a period without
 * requests has zeros. `is_partial` marks a period that lies only partly in the window.
 */
export const costTrend = defineQuestion('cost_trend', {
  description:
    'How did cost and use develop? One row per hour, day, ISO week or month in the given time zone, in order; a period without requests has zeros. is_partial: the window does not hold the whole period. List prices.',
  params: periodParams,
  nodes: [
    billedRequests(wholePeriods),
    node({
      name: 'spend',
      sql: `
SELECT
  ${periodOf('timestamp')} AS starts,
  uniqExactIf(session_id, session_id != '') AS session_count,
  count() AS requests,
  sum(total_tokens) AS tokens,
  sum(output_tokens) AS output,
  sum(cache_read_tokens) AS cache_read,
  sum(input_tokens + cache_read_tokens + cache_creation_tokens) AS prompt_tokens,
  sumOrNull(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced
FROM billed_requests
GROUP BY starts`,
    }),
    periods(),
    node({
      name: 'filled',
      sql: `
SELECT
  ${periodColumns},
  session_count AS sessions,
  requests AS request_count,
  tokens AS total_tokens,
  output AS total_output,
  if(prompt_tokens > 0, cache_read / prompt_tokens, NULL) AS cache_hit_rate,
  if(requests = 0, 0, cost) AS total_cost_usd,
  unpriced AS unpriced_requests
FROM periods
LEFT JOIN spend USING (starts)`,
    }),
    node({
      name: 'trend',
      sql: `
SELECT
  *,
  total_cost_usd / nullIf(max(total_cost_usd) OVER (), 0) AS cost_share_of_largest
FROM filled
ORDER BY starts_at`,
    }),
  ],
  output: {
    period_start: t.string(),
    starts_at: t.dateTime('UTC'),
    is_partial: t.uint8(),
    sessions: t.uint64(),
    request_count: t.uint64(),
    total_tokens: t.uint64(),
    total_output: t.uint64(),
    cache_hit_rate: t.float64().nullable(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    cost_share_of_largest: t.float64().nullable(),
  },
});
