/** SQL: the figures of usage of the window and of the window before, for the questions that compare them. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { agentRuns } from './agent-runs.js';
import { agentActivations, ifOtelAlone, sessionStates, skillActivations } from './otel-sightings.js';
import { windowOrBefore, windowDays, windowStart } from './window.js';

/** Whether a row belongs to the window before the requested one. */
export const isBefore = `timestamp < ${windowStart}`;

/** The sources `agents`, `skills` and `states` of {@link usageFigures}, and the node that they read. */
export const activityFigures = (): NodeDefinition[] => [
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
];

/** The names of the sources of {@link usageFigures}. */
export const usageSources = ['spend', 'tools', 'agents', 'skills', 'states'];

/** The figures by metric. */
export const usageFigures = {
  sessions: 'sessions',
  sessions_per_day: `sessions / nullIf(${windowDays}, 0)`,
  prompts: 'if(uncounted > 0 AND uncounted = state_count, NULL, prompt_count)',
  requests: 'requests',
  unpriced_requests: 'unpriced',
  cost_usd: 'cost',
  cost_usd_per_session: 'cost / nullIf(sessions, 0)',
  total_tokens: 'tokens',
  input_tokens: 'input',
  output_tokens: 'output',
  cache_read_tokens: 'cache_read',
  cache_creation_tokens: 'cache_creation',
  cache_hit_rate: 'cache_read / nullIf(input + cache_read + cache_creation, 0)',
  tool_calls: 'call_count',
  tool_failures: 'failed_calls',
  tool_success_rate: '1 - failed_calls / nullIf(call_count, 0)',
  skill_uses: 'uses',
  skill_success_rate: 'successes / nullIf(outcomes, 0)',
  agent_runs: 'runs',
  avg_session_ms: 'session_ms',
  avg_agent_ms: 'average_run_ms',
  avg_tool_ms: 'call_ms',
};
