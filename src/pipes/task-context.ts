/** The question task_context: how much context did each task use? */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, askedWindow, defineQuestion, windowParams } from './parts/define.js';
import { windowStart } from './parts/window.js';
import { taskEvents, taskRuns, UNATTRIBUTED } from './parts/task-runs.js';
import { taskRequests, taskSnapshots } from './parts/task-usage.js';

/**
 * How much context did each task use? What its snapshots estimated, and the tokens and list price of the requests
 * that are known to be its own.
 *
 * A snapshot covers its session so far, so the largest of each session counts, and a task has the sum over its
 * sessions. Snapshots of no task are in the row `unattributed`.
 */
export const taskContext = defineQuestion('task_context', {
  description:
    'How much context did each task use, most first? estimated_tokens, tool_calls and breakdown (name, count; five at most) are of context snapshots: the largest of each session, summed over the sessions. total_tokens and total_cost_usd are of the API requests made while the task was the only one open in their session; null where none is known. outcome is that of its last run in the window.',
  params: windowParams,
  nodes: [
    taskEvents(),
    taskRuns(),
    billedRequests(),
    ...taskRequests(),
    taskSnapshots(askedWindow),
    node({
      name: 'estimated',
      sql: `
SELECT
  project,
  task_id,
  count() AS sessions,
  sum(session_snapshots) AS snapshots,
  sumOrNull(session_tokens) AS estimated_tokens,
  sumOrNull(session_calls) AS tool_calls,
  sumMap(session_breakdown) AS whole_breakdown
FROM (
  SELECT
    project,
    task_id,
    session_id,
    count() AS session_snapshots,
    max(task_snapshots.estimated_tokens) AS session_tokens,
    max(task_snapshots.tool_calls) AS session_calls,
    maxMap(breakdown) AS session_breakdown
  FROM task_snapshots
  GROUP BY project, task_id, session_id
)
GROUP BY project, task_id`,
    }),
    node({
      name: 'requested',
      sql: `
SELECT
  project,
  task_id,
  count() AS request_count,
  CAST(sum(request_tokens), 'Nullable(UInt64)') AS total_tokens,
  sumOrNull(request_cost) AS total_cost_usd,
  countIf(request_cost IS NULL) AS unpriced_requests
FROM task_requests
GROUP BY project, task_id`,
    }),
    node({
      name: 'outcomes',
      sql: `
SELECT
  project,
  task_id,
  any(task_type) AS type_of_task,
  countIf(is_run AND completed_at >= ${windowStart}) AS runs,
  ifNull(argMaxIf(outcome, completed_at, is_run AND completed_at >= ${windowStart}), '') AS last_outcome
FROM task_runs
GROUP BY project, task_id`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  if(task_id = '', '${UNATTRIBUTED}', task_id) AS task,
  project,
  type_of_task AS task_type,
  runs,
  last_outcome AS outcome,
  sessions,
  snapshots,
  estimated_tokens,
  tool_calls,
  arraySlice(
    arraySort(one -> (-one.2, one.1), arrayZip(mapKeys(whole_breakdown), mapValues(whole_breakdown))),
    1,
    5
  ) AS breakdown,
  request_count,
  total_tokens,
  total_cost_usd,
  unpriced_requests
FROM (
  SELECT project, task_id
  FROM estimated
  UNION DISTINCT
  SELECT project, task_id
  FROM requested
) AS found
LEFT JOIN estimated USING (project, task_id)
LEFT JOIN requested USING (project, task_id)
LEFT JOIN outcomes USING (project, task_id)
ORDER BY task_id = '', estimated_tokens DESC NULLS LAST, total_tokens DESC NULLS LAST, task, project`,
    }),
  ],
  output: {
    task: t.string(),
    project: t.string(),
    task_type: t.string(),
    runs: t.uint64(),
    outcome: t.string(),
    sessions: t.uint64(),
    snapshots: t.uint64(),
    estimated_tokens: t.float64().nullable(),
    tool_calls: t.float64().nullable(),
    breakdown: t.array(t.tuple(t.string(), t.float64())),
    request_count: t.uint64(),
    total_tokens: t.uint64().nullable(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
  },
});
