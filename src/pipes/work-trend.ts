/** The question work_trend: how did the work of the user's own tools develop? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion } from './parts/define.js';
import { firstMoment, periodColumns, periodOf, periodParams, periods } from './parts/periods.js';
import { workEnds, workFigures, workNodes } from './parts/work.js';

/**
 * How did the work of the user's own tools develop? One row per hour, day, week or month, as in cost_trend; a
 * task is completed in each period in which a run of it succeeded.
 */
export const workTrend = defineQuestion('work_trend', {
  description:
    'How did tasks and commands of your own tools develop? One row per hour, day, ISO week or month in the given time zone, in order; a period without work has zeros. is_partial: the window does not hold the whole period.',
  params: periodParams,
  nodes: [
    ...workNodes(firstMoment),
    periods(),
    node({
      name: 'trend',
      sql: `
SELECT
  ${periodColumns},
  completed_tasks,
  task_runs,
  failed_runs,
  avg_run_ms,
  commands,
  failed_commands,
  avg_command_ms,
  completed_tasks / nullIf(max(completed_tasks) OVER (), 0) AS completed_share_of_largest
FROM periods
LEFT JOIN (
  SELECT
    ${periodOf('ended_at')} AS starts,
    ${workFigures}
  FROM ${workEnds(firstMoment)}
  GROUP BY starts
) AS work USING (starts)
ORDER BY starts_at`,
    }),
  ],
  output: {
    period_start: t.string(),
    starts_at: t.dateTime('UTC'),
    is_partial: t.uint8(),
    completed_tasks: t.uint64(),
    task_runs: t.uint64(),
    failed_runs: t.uint64(),
    avg_run_ms: t.float64().nullable(),
    commands: t.uint64(),
    failed_commands: t.uint64(),
    avg_command_ms: t.float64().nullable(),
    completed_share_of_largest: t.float64().nullable(),
  },
});
