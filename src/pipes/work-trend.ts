import { node, t } from '@tinybirdco/sdk';
import { defineQuestion } from './define.js';
import { periodColumns, periodOf, periodParams, periods, wholePeriods } from './periods.js';
import { commandEnds, taskEnds, taskFigures, workEnds } from './work.js';

const starts = `${periodOf('timestamp')} AS starts`;

/**
 * How did the work of the user's own tools develop? One row an hour, day, week or month, as cost_trend has them; a
 * task counts in each period by how it ended there last.
 */
export const workTrend = defineQuestion('work_trend', {
  description:
    'How did tasks and commands of your own tools develop? One row an hour, day, ISO week or month in the given time zone, in order; a period without work has zeros. is_partial: the window does not hold the whole period.',
  params: periodParams,
  nodes: [
    workEnds(wholePeriods),
    taskEnds(starts),
    node({
      name: 'task_figures',
      sql: `
SELECT
  starts,
  ${taskFigures}
FROM tasks
GROUP BY starts`,
    }),
    commandEnds(starts),
    periods(),
    node({
      name: 'filled',
      sql: `
SELECT
  ${periodColumns},
  tasks_completed,
  tasks_failed,
  avg_task_ms,
  commands,
  command_failures,
  avg_command_ms
FROM periods
LEFT JOIN task_figures USING (starts)
LEFT JOIN commands USING (starts)`,
    }),
    node({
      name: 'trend',
      sql: `
SELECT
  *,
  tasks_completed / nullIf(max(tasks_completed) OVER (), 0) AS tasks_share_of_largest
FROM filled
ORDER BY starts_at`,
    }),
  ],
  output: {
    period_start: t.string(),
    starts_at: t.dateTime('UTC'),
    is_partial: t.uint8(),
    tasks_completed: t.uint64(),
    tasks_failed: t.uint64(),
    avg_task_ms: t.float64().nullable(),
    commands: t.uint64(),
    command_failures: t.uint64(),
    avg_command_ms: t.float64().nullable(),
    tasks_share_of_largest: t.float64().nullable(),
  },
});
