import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { agentActivations } from './otel-sightings.js';

/** One row a subagent run of the window: its type and, where both ends are known, its duration. */
export const agentRuns = (): NodeDefinition =>
  node({
    name: 'agent_runs',
    description: 'One row a subagent that started or stopped in the window',
    sql: `
SELECT
  session_id,
  agent_id,
  max(agent_type) AS run_type,
  minIf(timestamp, event = 'start') AS started_at,
  maxIf(timestamp, event = 'stop') AS stopped_at,
  if(
    countIf(event = 'start') > 0 AND countIf(event = 'stop') > 0 AND stopped_at >= started_at,
    dateDiff('millisecond', started_at, stopped_at),
    NULL
  ) AS run_duration_ms
FROM (${agentActivations()})
GROUP BY session_id, agent_id`,
  });
