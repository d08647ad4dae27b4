/** SQL: the tool calls of the window. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { askedWindow, inProject } from './define.js';

/**
 * One row per tool call of the window, whichever layers saw it. A transcript knows the agent, a hook the duration,
 * OpenTelemetry the duration and the decision but not every name: each column takes the best known value.
 *
 * A duration that neither a hook nor OpenTelemetry measured is the time from the call to its result in the transcript,
 * which includes waiting for the user's permission.
 */
export const toolCalls = (window = askedWindow, condition = ''): NodeDefinition =>
  node({
    name: 'tool_calls',
    description: 'One row per tool call, its sightings merged',
    sql: `
SELECT
  tool_use_id,
  argMax(toString(tool_name), (tool_name != '', source != 'otel')) AS tool_name,
  max(toString(agent_id)) AS agent_id,
  argMax(toString(agent_type), (agent_type != '', source != 'otel')) AS agent_type,
  max(toString(model)) AS model,
  max(session_id) AS session_id,
  max(toString(project)) AS project,
  max(prompt_id) AS prompt_id,
  max(toString(status)) AS status,
  argMax(toString(error_class), (error_class != '', source != 'otel')) AS error_class,
  coalesce(
    max(duration_ms),
    max(JSONExtract(payload, 'answered_after_ms', 'Nullable(UInt64)'))
  ) AS duration_ms,
  min(timestamp) AS called_at,
  maxIfOrNull(sequence, source = 'transcript') AS sequence,
  coalesce(
    max(timestamp + toIntervalMillisecond(JSONExtract(payload, 'answered_after_ms', 'Nullable(UInt64)'))),
    maxIfOrNull(timestamp, is_end)
  ) AS ended_at
FROM (
  SELECT *, source = 'hook' OR duration_ms IS NOT NULL AS is_end
  FROM telemetry_events
  FINAL
  WHERE ${window.events}
    ${inProject}
    ${condition}
    AND event = 'tool_call'
)
GROUP BY tool_use_id`,
  });

/** The status of the call before, of the same tool by the same thread within the same prompt; empty for the first. */
export const statusBefore = `lagInFrame(status, 1, '') OVER (
      PARTITION BY session_id, agent_id, prompt_id, tool_name
      ORDER BY called_at, sequence, tool_use_id
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    )`;
