/** SQL: the type of each subagent. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { agentRuns } from './agent-runs.js';
import { isSubagent } from './define.js';

/** Two nodes: `runs_by_type` has one row per type of subagent, with the number of its runs, from `agent_runs`. */
export const runsByType = (): NodeDefinition[] => [
  agentRuns(),
  node({
    name: 'runs_by_type',
    sql: `
SELECT
  run_type AS agent_type,
  count() AS runs,
  avgOrNull(run_duration_ms) AS average_ms
FROM agent_runs
GROUP BY agent_type`,
  }),
];

/**
 * These nodes, and `spend_by_type` with what each type of subagent used and cost, from `billed_requests`, which the
 * question must define. A type may be in one only.
 */
export const agentTypes = (): NodeDefinition[] => [
  ...runsByType(),
  node({
    name: 'spend_by_type',
    sql: `
SELECT
  agent_type,
  sum(input_tokens) AS input,
  sum(output_tokens) AS output,
  sum(cache_read_tokens) AS cache_read,
  sum(cache_creation_tokens) AS cache_creation,
  sum(total_tokens) AS tokens,
  sumOrNull(cost_usd) AS cost,
  count() AS requests,
  countIf(cost_usd IS NULL) AS unpriced
FROM billed_requests
WHERE ${isSubagent}
GROUP BY agent_type`,
  }),
];
