import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { inProject } from './define.js';

/** Ends of tasks and commands, as a user's own tools told them. */
export const workEnds = (window: string): NodeDefinition =>
  node({
    name: 'ends',
    description: 'Ends of tasks and of commands in the window',
    sql: `
SELECT *
FROM telemetry_events
FINAL
WHERE ${window}
  ${inProject}
  AND event IN ('issue_complete', 'command_end')`,
  });

/**
 * One row a task for each value of `key`, with how it ended there last: a task that failed and was tried again with
 * success is completed. An end that names no task is a task of its own.
 */
export const taskEnds = (key: string): NodeDefinition =>
  node({
    name: 'tasks',
    sql: `
SELECT
  ${key},
  argMax((toString(status), duration_ms), (timestamp, toString(status), ifNull(duration_ms, 0))) AS last_end,
  last_end.1 AS outcome,
  last_end.2 AS took_ms
FROM ends
WHERE event = 'issue_complete'
GROUP BY ${nameOf(key)}, project, if(task_id = '', event_id, task_id)`,
  });

/** Figures of the rows of {@link taskEnds}. */
export const taskFigures = `
  countIf(outcome = 'success') AS tasks_completed,
  countIf(outcome IN ('failure', 'timeout')) AS tasks_failed,
  avgOrNullIf(took_ms, outcome IN ('success', 'failure', 'timeout')) AS avg_task_ms`;

/** Figures of the commands among {@link workEnds}, one row for each value of `key`. */
export const commandEnds = (key: string): NodeDefinition =>
  node({
    name: 'commands',
    sql: `
SELECT
  ${key},
  count() AS commands,
  countIf(status = 'success') AS command_successes,
  countIf(status IN ('failure', 'timeout')) AS command_failures,
  avgOrNull(duration_ms) AS avg_command_ms
FROM ends
WHERE event = 'command_end'
GROUP BY ${nameOf(key)}`,
  });

/** The name of an expression `… AS name`. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf(' ') + 1);
}
