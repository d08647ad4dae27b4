import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './define.js';
import { inWindowOrBefore, windowDays, windowStart } from './period-before.js';
import { commandEnds, taskEnds, taskFigures, workEnds } from './work.js';

/** Whether a row belongs to the window before the asked one. */
const isBefore = `timestamp < ${windowStart} AS is_before`;

/**
 * How did the work of the user's own tools go, and how in the window of the same length before?
 *
 * One row a figure, in a fixed order, as usage_summary has them. A task counts in each window by how it ended there
 * last; what was skipped, cancelled or ended without an outcome is in no rate.
 */
export const workSummary = defineQuestion('work_summary', {
  description:
    'How did tasks and commands of your own tools go, against the window of the same length before it? One row a metric: value, value_before, and change as a share of the value before. Durations are milliseconds, rates 0 to 1; tasks_per_day is the velocity.',
  params: windowParams,
  nodes: [
    workEnds(inWindowOrBefore),
    taskEnds(isBefore),
    node({
      name: 'task_figures',
      sql: `
SELECT
  is_before,
  ${taskFigures}
FROM tasks
GROUP BY is_before`,
    }),
    commandEnds(isBefore),
    node({
      name: 'windows',
      sql: `
SELECT
  is_before,
  toFloat64(tasks_completed) AS completed,
  toFloat64(tasks_failed) AS failed,
  toFloat64(command_successes) AS successes,
  toFloat64(command_failures) AS failures,
  [
    ('tasks_completed', CAST(completed, 'Nullable(Float64)')),
    ('tasks_per_day', completed / nullIf(${windowDays}, 0)),
    ('tasks_failed', failed),
    ('task_success_rate', completed / nullIf(completed + failed, 0)),
    ('avg_task_ms', avg_task_ms),
    ('commands', toFloat64(commands)),
    ('command_failures', failures),
    ('command_success_rate', successes / nullIf(successes + failures, 0)),
    ('avg_command_ms', avg_command_ms)
  ] AS figures
FROM (SELECT arrayJoin([0, 1]) AS is_before) AS both
LEFT JOIN task_figures USING (is_before)
LEFT JOIN commands USING (is_before)`,
    }),
    node({
      name: 'compared',
      sql: `
SELECT
  figure.1 AS metric,
  maxIf(figure.2, is_before = 0) AS value,
  maxIf(figure.2, is_before = 1) AS value_before,
  (value - value_before) / nullIf(value_before, 0) AS change,
  min(place) AS sort_key
FROM windows
ARRAY JOIN figures AS figure, arrayEnumerate(figures) AS place
GROUP BY metric`,
    }),
    node({
      name: 'summary',
      sql: `
SELECT
  metric,
  value,
  value_before,
  change
FROM compared
ORDER BY sort_key`,
    }),
  ],
  output: {
    metric: t.string(),
    value: t.float64().nullable(),
    value_before: t.float64().nullable(),
    change: t.float64().nullable(),
  },
});
