/** The turns of a session as SQL. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { promptCount } from './otel-sightings.js';
import type { Window } from './window.js';

/**
 * When each prompt was sent and its turn ended: session_id, prompt_id, turn_project, prompted_at and turn_ended_at (null
 * if unknown), and is_command, which is 1 for a command that the client ran itself: it is no prompt, although
 * OpenTelemetry reports it as one.
 */
export const turns = (window: Window, condition: string): NodeDefinition =>
  node({
    name: 'turns',
    description: 'When each prompt was sent and its turn ended, if known',
    sql: `
SELECT
  session_id,
  prompt_id,
  max(toString(project)) AS turn_project,
  if(${promptCount} > 0, minIfOrNull(timestamp, event = 'prompt'), NULL) AS prompted_at,
  maxIfOrNull(timestamp, event = 'turn_end') AS turn_ended_at,
  prompted_at IS NULL AND countIf(event = 'prompt') > 0 AS is_command
FROM telemetry_events
FINAL
WHERE event IN ('prompt', 'turn_end', 'skill_activated')
  AND (${window.events})
  ${condition}
GROUP BY session_id, prompt_id
HAVING is_command
  OR prompted_at IS NOT NULL
  OR turn_ended_at IS NOT NULL`,
  });

/**
 * The columns of steps, with the prompt that each belongs to by {@link turns}. The steps of a command that the client ran
 * itself (the request of `/compact`) belong to no prompt.
 */
export const columnsOfSteps = (columns: readonly string[]) =>
  columns
    .map((column) =>
      column === 'prompt_id'
        ? `if(prompt_id IN (SELECT prompt_id FROM turns WHERE is_command), '', prompt_id) AS prompt_id`
        : column,
    )
    .join(', ');
