/** The question usage_summary: how did the window go, compared with the window before it? */
import { node } from '@tinybirdco/sdk';
import { comparedFigures, figureTypes } from './parts/compared-figures.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { otelAloneParam } from './parts/otel-sightings.js';
import { toolCalls } from './parts/tool-calls.js';
import { activityFigures, isBefore, usageFigures, usageSources } from './parts/usage-figures.js';
import { windowOrBefore, windowStart } from './parts/window.js';

/**
 * How did the window go, compared with the window of the same length before it?
 *
 * One row per figure, in a fixed order, each with its value before and its change. A rate or average is null if there
 * is nothing to divide by; a change is null if one of the values is unknown or the value before is 0.
 */
export const usageSummary = defineQuestion('usage_summary', {
  description:
    'How did the window go, compared with the window of the same length before it? One row per metric: value, value_before, and change as a share of the value before (0.1: a tenth more). Money is list price, USD; durations are milliseconds; rates 0 to 1.',
  params: { ...windowParams, ...otelAloneParam },
  nodes: [
    billedRequests(windowOrBefore),
    node({
      name: 'spend',
      sql: `
SELECT
  ${isBefore} AS is_before,
  toFloat64(uniqExactIf(session_id, session_id != '')) AS sessions,
  toFloat64(count()) AS requests,
  toFloat64(countIf(cost_usd IS NULL)) AS unpriced,
  sumOrNull(cost_usd) AS cost,
  toFloat64(sum(total_tokens)) AS tokens,
  toFloat64(sum(input_tokens)) AS input,
  toFloat64(sum(output_tokens)) AS output,
  toFloat64(sum(cache_read_tokens)) AS cache_read,
  toFloat64(sum(cache_creation_tokens)) AS cache_creation
FROM billed_requests
GROUP BY is_before`,
    }),
    toolCalls(windowOrBefore),
    node({
      name: 'tools',
      sql: `
SELECT
  called_at < ${windowStart} AS is_before,
  toFloat64(count()) AS call_count,
  toFloat64(countIf(status = 'failure')) AS failed_calls,
  avgOrNull(duration_ms) AS call_ms
FROM tool_calls
GROUP BY is_before`,
    }),
    ...activityFigures(),
    ...comparedFigures(usageFigures, usageSources),
  ],
  output: figureTypes,
});
