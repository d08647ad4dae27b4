/** The question optimization_insights: which subagents cost more than they should? */
import { node, t } from '@tinybirdco/sdk';
import { agentTypes } from './parts/agent-types.js';
import { toolCalls } from './parts/tool-calls.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';

/**
 * Which subagents cost more than they should?
 *
 * efficiency_score = 100 × Σ(weight × part) ÷ Σ(weight), over the parts that are known:
 *
 * | part   | weight | value                                              |
 * |--------|--------|----------------------------------------------------|
 * | cheap  | 0.5    | 1 ÷ (1 + average cost per invocation ÷ 0.25 USD)   |
 * | cached | 0.3    | cache read ÷ (input + cache read + cache creation) |
 * | sound  | 0.2    | 1 − failed tool calls ÷ tool calls                 |
 *
 * 0 to 100; null when no part is known. An agent that costs 0.25 USD per run gets half of the first part.
 */
export const optimizationInsights = defineQuestion('optimization_insights', {
  description:
    'Which subagents cost more than they should? Cost per invocation, size, failures, and a score from 0 to 100 (cheaper, better cached and less failing is higher).',
  params: windowParams,
  nodes: [
    billedRequests(),
    ...agentTypes(),
    toolCalls(),
    node({
      name: 'tools_by_type',
      sql: `
SELECT
  agent_type,
  count() AS calls,
  countIf(status = 'failure') AS failed
FROM tool_calls
WHERE agent_id != ''
GROUP BY agent_type`,
    }),
    node({
      name: 'parts',
      sql: `
SELECT
  agent_type,
  runs AS frequency,
  if(runs > 0 AND cost IS NOT NULL, cost / runs, NULL) AS avg_cost_per_invocation,
  if(runs > 0 AND tokens > 0, tokens / runs, NULL) AS avg_tokens,
  average_ms AS avg_duration_ms,
  cache_read / nullIf(input + cache_read + cache_creation, 0) AS cache_hit_rate,
  if(calls > 0, failed / calls, NULL) AS tool_failure_rate,
  calls AS tool_calls,
  failed AS tool_failures,
  unpriced AS unpriced_requests,
  1 / (1 + avg_cost_per_invocation / 0.25) AS cheap,
  cache_hit_rate AS cached,
  1 - tool_failure_rate AS sound
FROM runs_by_type
LEFT JOIN spend_by_type USING (agent_type)
LEFT JOIN tools_by_type USING (agent_type)`,
    }),
    node({
      name: 'insights',
      sql: `
SELECT
  agent_type,
  avg_cost_per_invocation,
  avg_tokens,
  frequency,
  100 * (0.5 * ifNull(cheap, 0) + 0.3 * ifNull(cached, 0) + 0.2 * ifNull(sound, 0))
    / nullIf(0.5 * isNotNull(cheap) + 0.3 * isNotNull(cached) + 0.2 * isNotNull(sound), 0) AS efficiency_score,
  avg_duration_ms,
  cache_hit_rate,
  tool_calls,
  tool_failures,
  tool_failure_rate,
  unpriced_requests
FROM parts
ORDER BY efficiency_score ASC NULLS LAST, agent_type`,
    }),
  ],
  output: {
    agent_type: t.string(),
    avg_cost_per_invocation: t.float64().nullable(),
    avg_tokens: t.float64().nullable(),
    frequency: t.uint64(),
    efficiency_score: t.float64().nullable(),
    avg_duration_ms: t.float64().nullable(),
    cache_hit_rate: t.float64().nullable(),
    tool_calls: t.uint64(),
    tool_failures: t.uint64(),
    tool_failure_rate: t.float64().nullable(),
    unpriced_requests: t.uint64(),
  },
});
