/** SQL: the runs of subagents, from their starts and stops. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { agentActivations } from './otel-sightings.js';

/**
 * One row per subagent run: its project, type and prompt, when it started and stopped (null if unknown) and, if both
 * are known, its duration.
 *
 * A stop without a type and without a start is that of a compaction or a side question, which is no subagent.
 *
 * @param sightings SELECT of starts and stops
 * @param period expression over a start or stop; a run has one row per `period` in which it started or stopped
 */
export const agentRuns = (sightings = agentActivations(), period?: string): NodeDefinition =>
  node({
    name: 'agent_runs',
    description: 'One row per subagent that started or stopped in the window',
    sql: `
SELECT
  ${period === undefined ? '' : `${period} AS period,`}
  session_id,
  agent_id,
  max(project) AS run_project,
  max(agent_type) AS run_type,
  max(prompt_id) AS run_prompt,
  minOrNullIf(timestamp, event = 'start') AS started_at,
  maxOrNullIf(timestamp, event = 'stop') AS stopped_at,
  if(stopped_at >= started_at, dateDiff('millisecond', started_at, stopped_at), NULL) AS run_duration_ms
FROM (${sightings})
GROUP BY ${period === undefined ? '' : 'period, '}session_id, agent_id
HAVING run_type != '' OR started_at IS NOT NULL`,
  });
