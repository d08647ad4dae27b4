/** The question agent_usage_summary: what did each type of subagent do, and what did it cost? */
import { node, t } from '@tinybirdco/sdk';
import { agentTypes } from './parts/agent-types.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';

/** What did each type of subagent do, and what did it cost? The tokens of a type are unknown if no layer saw its requests. */
export const agentUsageSummary = defineQuestion('agent_usage_summary', {
  description:
    'What did each type of subagent do and cost? Nested agents count; the main thread is no agent. List prices.',
  params: windowParams,
  nodes: [
    billedRequests(),
    ...agentTypes(),
    node({
      name: 'by_agent_type',
      sql: `
SELECT
  agent_type,
  runs AS invocations,
  if(requests > 0, input, NULL) AS total_input,
  if(requests > 0, output, NULL) AS total_output,
  if(requests > 0, cache_read, NULL) AS total_cache_read,
  if(requests > 0, cache_creation, NULL) AS total_cache_creation,
  if(requests > 0, tokens, NULL) AS total_tokens,
  average_ms AS avg_duration_ms,
  cost AS est_cost_usd,
  requests AS request_count,
  unpriced AS unpriced_requests
FROM runs_by_type
FULL OUTER JOIN spend_by_type USING (agent_type)
ORDER BY est_cost_usd DESC NULLS LAST, agent_type`,
    }),
  ],
  output: {
    agent_type: t.string(),
    invocations: t.uint64(),
    total_input: t.uint64().nullable(),
    total_output: t.uint64().nullable(),
    total_cache_read: t.uint64().nullable(),
    total_cache_creation: t.uint64().nullable(),
    total_tokens: t.uint64().nullable(),
    avg_duration_ms: t.float64().nullable(),
    est_cost_usd: t.float64().nullable(),
    request_count: t.uint64(),
    unpriced_requests: t.uint64(),
  },
});
