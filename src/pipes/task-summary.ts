import { node } from '@tinybirdco/sdk';
import { comparedFigures, figureTypes } from './compared-figures.js';
import { billedRequests, defineQuestion, windowParams } from './define.js';
import { inWindowOrBefore, windowBeforeStart, windowEnd, windowStart } from './period-before.js';
import { taskEvents, taskRuns } from './task-runs.js';
import { taskRequests, taskSnapshots } from './task-usage.js';

/** The first moment behind each of the two windows. */
const endOfPeriod = `if(is_before, ${windowStart}, ${windowEnd})`;

/**
 * How did the tasks of the window go, and how did those of the one of the same length before it?
 *
 * A run belongs to the window in which it ended. A task is unfinished in a window if it was begun there and had
 * not ended when the window did. A task is completed in a window in which a run of it succeeded; its tokens and
 * cost are all that it used in that window, failed runs too.
 */
export const taskSummary = defineQuestion('task_summary', {
  description:
    'How did the tasks of the window go, against the window of the same length before it? One row a metric: value, value_before, and change as a share of the value before. A run is what ends with issue_complete. Durations are milliseconds, rates 0 to 1, money list price in USD.',
  params: windowParams,
  nodes: [
    taskEvents(windowBeforeStart),
    taskRuns(),
    node({
      name: 'run_figures',
      sql: `
SELECT
  completed_at < ${windowStart} AS is_before,
  toFloat64(uniqExact(project, task_id)) AS tasks,
  toFloat64(count()) AS runs,
  toFloat64(countIf(outcome = 'success')) AS successes,
  toFloat64(countIf(outcome = 'failure')) AS failures,
  toFloat64(uniqExactIf((project, task_id), outcome = 'success')) AS completed,
  toFloat64(count(run_ms)) AS timed,
  avgOrNull(run_ms) AS average_ms
FROM task_runs
WHERE is_run
  AND completed_at >= ${windowBeforeStart}
GROUP BY is_before`,
    }),
    node({
      name: 'open_tasks',
      sql: `
SELECT
  is_before,
  toFloat64(uniqExact(project, task_id)) AS unfinished
FROM task_runs
ARRAY JOIN [0, 1] AS is_before
WHERE started_at >= if(is_before, ${windowBeforeStart}, ${windowStart})
  AND started_at < ${endOfPeriod}
  AND (completed_at IS NULL OR completed_at >= ${endOfPeriod})
GROUP BY is_before`,
    }),
    billedRequests(inWindowOrBefore),
    ...taskRequests(),
    taskSnapshots(inWindowOrBefore),
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
  sum(request_tokens) AS task_tokens,
  sumOrNull(request_cost) AS task_cost,
  countIf(request_cost IS NULL) AS task_unpriced
FROM task_requests
GROUP BY is_before, project, task_id`,
    }),
    node({
      name: 'completed_tasks',
      sql: `
SELECT DISTINCT
  completed_at < ${windowStart} AS is_before,
  project,
  task_id
FROM task_runs
WHERE is_run
  AND outcome = 'success'
  AND completed_at >= ${windowBeforeStart}`,
    }),
    node({
      name: 'spend',
      description: 'Of completed tasks whose requests are known',
      sql: `
SELECT
  is_before,
  avgOrNull(task_tokens) AS tokens_each,
  avgOrNull(task_cost) AS cost_each,
  toFloat64(sum(task_unpriced)) AS unpriced
FROM task_spend
INNER JOIN completed_tasks USING (is_before, project, task_id)
GROUP BY is_before`,
    }),
    node({
      name: 'periods',
      description: 'The figures of both windows, a row each; a window without rows has zeros and unknowns',
      sql: `
SELECT
  is_before,
  [
    ('tasks', CAST(tasks, 'Nullable(Float64)')),
    ('runs', runs),
    ('failures', failures),
    ('failure_rate', failures / nullIf(successes + failures, 0)),
    ('completed_tasks', completed),
    ('unfinished_tasks', unfinished),
    ('timed_runs', timed),
    ('avg_run_ms', average_ms),
    ('context_tokens_per_task', average_context),
    ('context_tool_calls_per_task', average_calls),
    ('tokens_per_completed_task', tokens_each),
    ('cost_usd_per_completed_task', cost_each),
    ('unpriced_requests', unpriced)
  ] AS figures
FROM (SELECT arrayJoin([0, 1]) AS is_before) AS both
LEFT JOIN run_figures USING (is_before)
LEFT JOIN open_tasks USING (is_before)
LEFT JOIN context_figures USING (is_before)
LEFT JOIN spend USING (is_before)`,
    }),
    ...comparedFigures,
  ],
  output: figureTypes,
});
