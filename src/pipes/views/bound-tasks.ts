/** The materialised view bound_tasks: when each task was worked on. */
import { defineMaterializedView, node } from '@tinybirdco/sdk';
import { taskBounds } from '../../datasources/index.js';

/** Keeps when the events of each task happened. */
export const boundTasks = defineMaterializedView('bound_tasks', {
  description: 'When the events of each task happened.',
  datasource: taskBounds,
  nodes: [
    node({
      name: 'bounds',
      sql: `
SELECT
  task_id,
  min(timestamp) AS first_at,
  max(timestamp) AS last_at
FROM telemetry_events
WHERE task_id != ''
GROUP BY task_id`,
    }),
  ],
});
