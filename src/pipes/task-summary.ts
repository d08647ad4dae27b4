/** The question task_summary: how did tasks go, compared with the window before? */
import { node } from '@tinybirdco/sdk';
import { comparedFigures, figureTypes } from './parts/compared-figures.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { windowOrBefore, windowBeforeStart, windowEnd, windowStart } from './parts/window.js';
import { taskEvents, taskRuns } from './parts/task-runs.js';
import { taskRequests, taskSnapshots } from './parts/task-usage.js';

/** Start and exclusive end of each of the two windows. */
const startOfPeriod = `if(is_before, ${windowBeforeStart}, ${windowStart})`;
const endOfPeriod = `if(is_before, ${windowStart}, ${windowEnd})`;

/**
 * How did the tasks of the window go, compared with the window of the same length before it?
 *
 * A run belongs to the window in which it ended. A task is unfinished in a window if it was started there and had not
 * ended by the end of the window. A task is completed in a window in which a run of it succeeded; its tokens and cost
 * are all that it used in that window, including failed runs.
 */
export const taskSummary = defineQuestion('task_summary', {
  description:
    'How did the tasks of the window go, compared with the window of the same length before it? One row per metric: value, value_before, and change as a share of the value before. A run is what ends with issue_complete. Durations are milliseconds, rates 0 to 1, money list price in USD.',
  params: windowParams,
  nodes: [
    taskEvents(windowBeforeStart),
    taskRuns(),
    node({
      name: 'task_figures',
      description:
        'One row per task of each window: its runs that ended there, and whether it stayed unfinished',
      sql: `
SELECT
  is_before,
  project,
  task_id,
  countIf(ends_here) AS task_runs_ended,
  countIf(ends_here AND outcome = 'success') AS task_successes,
  countIf(ends_here AND outcome = 'failure') AS task_failures,
  countIf(ends_here AND run_ms IS NOT NULL) AS task_timed,
  sumIf(ifNull(run_ms, 0), ends_here) AS task_ms,
  max(stays_open) AS is_unfinished
FROM (
  SELECT
    is_before,
    project,
    task_id,
    outcome,
    run_ms,
    ifNull(is_run AND completed_at >= ${startOfPeriod} AND (NOT is_before OR completed_at < ${windowStart}), 0)
      AS ends_here,
    ifNull(started_at >= ${startOfPeriod} AND started_at < ${endOfPeriod}, 0)
      AND ifNull(completed_at >= ${endOfPeriod}, 1) AS stays_open
  FROM task_runs
  ARRAY JOIN [0, 1] AS is_before
)
WHERE ends_here OR stays_open
GROUP BY is_before, project, task_id`,
    }),
    billedRequests(windowOrBefore),
    ...taskRequests(),
    taskSnapshots(windowOrBefore),
    node({
      name: 'context_figures',
      description: 'Of each session its largest snapshot, of each task the sum over its sessions',
      sql: `
SELECT
  is_before,
  avgOrNull(context_tokens) AS average_context,
  avgOrNull(context_calls) AS average_calls
FROM (
  SELECT
    is_before,
    project,
    task_id,
    sumOrNull(session_context) AS context_tokens,
    sumOrNull(session_calls) AS context_calls
  FROM (
    SELECT
      taken_at < ${windowStart} AS is_before,
      project,
      task_id,
      session_id,
      max(estimated_tokens) AS session_context,
      max(tool_calls) AS session_calls
    FROM task_snapshots
    WHERE task_id != ''
    GROUP BY is_before, project, task_id, session_id
  )
  GROUP BY is_before, project, task_id
)
GROUP BY is_before`,
    }),
    node({
      name: 'task_spend',
      sql: `
SELECT
  requested_at < ${windowStart} AS is_before,
  project,
  task_id,
  sumOrNull(request_tokens) AS task_tokens,
  sumOrNull(request_cost) AS task_cost,
  countIf(request_cost IS NULL) AS task_unpriced
FROM task_requests
GROUP BY is_before, project, task_id`,
    }),
    node({
      name: 'run_figures',
      description: 'What a completed task used is known where its requests are',
      sql: `
SELECT
  is_before,
  toFloat64(countIf(task_runs_ended > 0)) AS tasks,
  toFloat64(sum(task_runs_ended)) AS runs,
  toFloat64(sum(task_successes)) AS successes,
  toFloat64(sum(task_failures)) AS failures,
  toFloat64(countIf(task_successes > 0)) AS completed,
  toFloat64(countIf(is_unfinished)) AS unfinished,
  toFloat64(sum(task_timed)) AS timed,
  sum(task_ms) / nullIf(timed, 0) AS average_ms,
  avgOrNullIf(task_tokens, task_successes > 0) AS tokens_each,
  avgOrNullIf(task_cost, task_successes > 0) AS cost_each,
  toFloat64(sumIf(task_unpriced, task_successes > 0)) AS unpriced
FROM task_figures
LEFT JOIN task_spend USING (is_before, project, task_id)
GROUP BY is_before`,
    }),
    ...comparedFigures(
      {
        tasks: 'tasks',
        runs: 'runs',
        failures: 'failures',
        failure_rate: 'failures / nullIf(successes + failures, 0)',
        completed_tasks: 'completed',
        unfinished_tasks: 'unfinished',
        timed_runs: 'timed',
        avg_run_ms: 'average_ms',
        context_tokens_per_task: 'average_context',
        context_tool_calls_per_task: 'average_calls',
        tokens_per_completed_task: 'tokens_each',
        cost_usd_per_completed_task: 'cost_each',
        unpriced_requests: 'unpriced',
      },
      ['run_figures', 'context_figures'],
    ),
  ],
  output: figureTypes,
});
