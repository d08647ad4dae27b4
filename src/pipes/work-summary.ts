/**
 * The question work_summary: how did the work of the user's own tools go, compared with the window of the same
 * length before it?
 */
import { comparedFigures, figureTypes } from './parts/compared-figures.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { windowBeforeStart, windowDays, windowStart } from './parts/window.js';
import { workEnds, workFigures, workNodes } from './parts/work.js';

/** The figures by metric, over `workFigures`. */
export const workSummaryFigures = {
  completed_tasks: 'completed_tasks',
  completed_tasks_per_day: `completed_tasks / nullIf(${windowDays}, 0)`,
  task_runs: 'toFloat64(task_runs)',
  failed_runs: 'toFloat64(failed_runs)',
  run_success_rate: 'successful_runs / nullIf(successful_runs + failed_runs, 0)',
  avg_run_ms: 'avg_run_ms',
  commands: 'toFloat64(commands)',
  failed_commands: 'toFloat64(failed_commands)',
  command_success_rate: 'successful_commands / nullIf(successful_commands + failed_commands, 0)',
  avg_command_ms: 'avg_command_ms',
};

/**
 * How did the work of the user's own tools go, compared with the window of the same length before it?
 *
 * Runs of tasks are those of task_summary; skipped and cancelled work is no run, and work that ended without an
 * outcome is in no rate.
 */
export const workSummary = defineQuestion('work_summary', {
  description:
    'How did tasks and commands of your own tools go, compared with the window of the same length before it? One row per metric: value, value_before, and change as a share of the value before. Durations are milliseconds, rates 0 to 1; completed_tasks_per_day is the velocity.',
  params: windowParams,
  nodes: [
    ...workNodes(windowBeforeStart),
    ...comparedFigures(workSummaryFigures, [
      `(
  SELECT
    ended_at < ${windowStart} AS is_before,
    ${workFigures}
  FROM ${workEnds(windowBeforeStart)}
  GROUP BY is_before
) AS windows`,
    ]),
  ],
  output: figureTypes,
});
