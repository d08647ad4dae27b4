/** The question usage_summary: how did the window go, compared with the window before it? */
import { node } from '@tinybirdco/sdk';
import { agentRuns } from './parts/agent-runs.js';
import { comparedFigures, figureTypes } from './parts/compared-figures.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import {
  agentActivations,
  ifOtelAlone,
  otelAloneParam,
  sessionStates,
  skillActivations,
} from './parts/otel-sightings.js';
import { windowOrBefore, windowDays, windowStart } from './parts/window.js';
import { toolCalls } from './parts/tool-calls.js';

/** Whether a row belongs to the window before the requested one. */
const isBefore = `timestamp < ${windowStart}`;

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
  toFloat64(countIf(cost_usd IS NULL)) AS unpriced_requests,
  sumOrNull(cost_usd) AS cost_usd_total,
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
  toFloat64(count()) AS calls,
  toFloat64(countIf(status = 'failure')) AS failures,
  avgOrNull(duration_ms) AS call_ms
FROM tool_calls
GROUP BY is_before`,
    }),
    agentRuns(agentActivations(windowOrBefore, '', ifOtelAlone), isBefore),
    node({
      name: 'agents',
      description: 'A run belongs to each window in which it started or stopped',
      sql: `
SELECT
  period AS is_before,
  toFloat64(count()) AS runs,
  avgOrNull(run_duration_ms) AS average_run_ms
FROM agent_runs
GROUP BY is_before`,
    }),
    node({
      name: 'skills',
      sql: `
SELECT
  ${isBefore} AS is_before,
  toFloat64(count()) AS uses,
  toFloat64(countIf(success)) AS successes,
  toFloat64(countIf(success IS NOT NULL)) AS outcomes
FROM (${skillActivations(windowOrBefore, '', ifOtelAlone)})
GROUP BY is_before`,
    }),
    node({
      name: 'states',
      description: 'A session belongs to the window in which it was last active',
      sql: `
SELECT
  ${isBefore} AS is_before,
  toFloat64(sum(ifNull(prompts, 0))) AS prompt_count,
  toFloat64(countIf(prompts IS NULL)) AS uncounted,
  toFloat64(count()) AS state_count,
  avgOrNull(if(started_at IS NULL OR last_activity_at IS NULL, NULL, dateDiff('millisecond', started_at, last_activity_at))) AS session_ms
FROM (${sessionStates(windowOrBefore, '', ifOtelAlone)})
GROUP BY is_before`,
    }),
    ...comparedFigures(
      {
        sessions: 'sessions',
        sessions_per_day: `sessions / nullIf(${windowDays}, 0)`,
        prompts: 'if(uncounted > 0 AND uncounted = state_count, NULL, prompt_count)',
        requests: 'requests',
        unpriced_requests: 'unpriced_requests',
        cost_usd: 'cost_usd_total',
        cost_usd_per_session: 'cost_usd_total / nullIf(sessions, 0)',
        total_tokens: 'tokens',
        input_tokens: 'input',
        output_tokens: 'output',
        cache_read_tokens: 'cache_read',
        cache_creation_tokens: 'cache_creation',
        cache_hit_rate: 'cache_read / nullIf(input + cache_read + cache_creation, 0)',
        tool_calls: 'calls',
        tool_failures: 'failures',
        tool_success_rate: '1 - failures / nullIf(calls, 0)',
        skill_uses: 'uses',
        skill_success_rate: 'successes / nullIf(outcomes, 0)',
        agent_runs: 'runs',
        avg_session_ms: 'session_ms',
        avg_agent_ms: 'average_run_ms',
        avg_tool_ms: 'call_ms',
      },
      ['spend', 'tools', 'agents', 'skills', 'states'],
    ),
  ],
  output: figureTypes,
});
