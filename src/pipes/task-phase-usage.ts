/** The question task_phase_usage: what did each phase of tasks use? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { taskEvents, UNATTRIBUTED } from './parts/task-runs.js';
import { completedTasks, figuresOfRequest, taskRequests } from './parts/task-usage.js';

/** The later events of the row's task, in order of time. */
const behind = (partition: string) => `(
    PARTITION BY ${partition}
    ORDER BY timestamp, place, event_id
    ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
  )`;

/**
 * What did each phase of tasks use?
 *
 * A request that is known to be a task's (as in task_context) belongs to the phase of that task that was open at its
 * time: a phase reported in the request's own session, or in none (a runner outside of Claude Code). If several were
 * open (nested or overlapping phases), it is the one that began last, then the one that ended first, so that a request
 * is in one phase at most. `unattributed` has the requests of tasks in no phase.
 *
 * A phase is open for the duration that its `issue_phase` or `command_end` reports, up to that event; without one,
 * from an `issue_phase` that begins it (`running`, or no outcome) to the one that ends it, else to the beginning of
 * the next phase or of another run, or to the end of this one. `phases_ms` has durations but no times.
 */
export const taskPhaseUsage = defineQuestion('task_phase_usage', {
  description:
    "What did each phase of tasks use, most tokens first? Of the requests that are known to be a task's, those made while the phase was open; unattributed has those made in no phase. A request is in one row, so the rows sum to what tasks used. *_per_completed_task are means of the completed tasks with requests of their own, and sum to those of task_summary. Money is list price in USD.",
  params: windowParams,
  nodes: [
    taskEvents(),
    billedRequests(),
    ...taskRequests(),
    node({
      name: 'phase_windows',
      description: 'From when to when a phase of a task was open; ended is null where it still is',
      sql: `
SELECT
  project,
  task_id,
  session_id AS reported_in,
  phase,
  timestamp - toIntervalMillisecond(ifNull(duration_ms, 0)) AS began,
  multiIf(
    duration_ms IS NOT NULL,
    timestamp,
    own_end IS NOT NULL AND (own_end <= ifNull(run_edge, own_end)),
    own_end,
    least(coalesce(next_begin, run_edge), coalesce(run_edge, next_begin))
  ) AS ended,
  is_step AND phase != '' AND (duration_ms IS NOT NULL OR is_begin) AS is_window
FROM (
  SELECT
    *,
    minOrNullIf(timestamp, event = 'issue_phase' AND NOT is_begin) OVER ${behind('project, task_id, phase')} AS own_end,
    minOrNullIf(timestamp, is_begin) OVER ${behind('project, task_id')} AS next_begin,
    minOrNullIf(timestamp, NOT is_step) OVER ${behind('project, task_id')} AS run_edge
  FROM (
    SELECT
      *,
      indexOf(['issue_start', 'command_end', 'issue_phase', 'issue_complete'], event) AS place,
      event IN ('command_end', 'issue_phase') AS is_step,
      event = 'issue_phase' AND duration_ms IS NULL AND status IN ('', 'running') AS is_begin
    FROM task_events
    WHERE task_id != '' AND NOT (event = 'issue_complete' AND status = 'running')
  )
  WHERE place > 0
)
WHERE is_window`,
    }),
    node({
      name: 'phase_requests',
      description: 'The phase of each request of a task; empty where none was open',
      sql: `
SELECT
  request_key,
  any(task_requests.project) AS task_project,
  any(task_requests.task_id) AS task,
  any(task_requests.request_figures) AS request_figures,
  argMaxIf(
    phase_windows.phase,
    (began, -toUnixTimestamp64Milli(ifNull(ended, now64(3, 'UTC'))), phase_windows.phase),
    phase_windows.phase != ''
      AND reported_in IN ('', request_session)
      AND requested_at >= began
      AND requested_at <= ifNull(ended, requested_at)
  ) AS request_phase
FROM task_requests
LEFT JOIN phase_windows USING (project, task_id)
GROUP BY request_key`,
    }),
    completedTasks,
    node({
      name: 'spent',
      sql: `
SELECT
  ${figuresOfRequest},
  task_project,
  task,
  if(request_phase = '', '${UNATTRIBUTED}', request_phase) AS phase_of_request,
  (task_project, task) IN (SELECT project, task_id FROM completed) AS is_completed
FROM phase_requests`,
    }),
    node({
      name: 'phases',
      sql: `
SELECT
  phase_of_request AS phase,
  uniqExact(task_project, task) AS tasks,
  sumIf(spent.total_tokens, is_completed) AS completed_tokens,
  if(countIf(is_completed) = 0, 0, sumOrNullIf(spent.cost_usd, is_completed)) AS completed_cost,
  groupUniqArrayIf((task_project, task), is_completed) AS completed_tasks,
  groupUniqArrayIf((task_project, task), is_completed AND spent.cost_usd IS NOT NULL) AS priced_tasks,
  ${spendOfPart}
FROM spent
GROUP BY phase_of_request`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  * EXCEPT (completed_tokens, completed_cost, completed_tasks, priced_tasks),
  total_tokens / nullIf(sum(total_tokens) OVER (), 0) AS token_share,
  completed_tokens / nullIf(length(groupUniqArrayArray(completed_tasks) OVER ()), 0) AS tokens_per_completed_task,
  completed_cost / nullIf(length(groupUniqArrayArray(priced_tasks) OVER ()), 0) AS cost_usd_per_completed_task
FROM phases
ORDER BY phase = '${UNATTRIBUTED}', total_tokens DESC, phase`,
    }),
  ],
  output: {
    phase: t.string(),
    tasks: t.uint64(),
    ...spendTypes,
    token_share: t.float64().nullable(),
    tokens_per_completed_task: t.float64().nullable(),
    cost_usd_per_completed_task: t.float64().nullable(),
  },
});
