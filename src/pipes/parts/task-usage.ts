/** SQL: the tokens and tool calls of tasks. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { billedRequests } from './define.js';
import { taskEvents } from './task-runs.js';
import { windowStart, type Window } from './window.js';

/**
 * What tasks used: their context snapshots and their API requests, one row each. Both need `task_events`, the
 * second also `billed_requests`.
 *
 * Requests carry no task. A task's span in a session is from its first `issue_start` there (else the session's
 * beginning) to its last `issue_complete` there (else the session's end); work belongs to the task whose span
 * holds it, where one alone does.
 */
const taskSpans = node({
  name: 'task_spans',
  description: 'From when to when each task was open in each session that names it',
  sql: `
SELECT
  session_id,
  project AS span_project,
  task_id AS span_task,
  minIf(timestamp, event = 'issue_start') AS opened,
  maxIf(timestamp, event = 'issue_complete') AS closed,
  countIf(event = 'issue_start') = 0 AS is_open_before,
  countIf(event = 'issue_complete') = 0 OR maxIf(timestamp, event = 'issue_start') > closed AS is_open_after
FROM task_events
WHERE session_id != '' AND task_id != ''
GROUP BY session_id, span_project, span_task`,
});

/** Whether a row lies within a span. */
const isHeld = `(is_open_before OR timestamp >= opened) AND (is_open_after OR timestamp <= closed)`;

/** The columns of a request that its figures are made of. */
const figures = [
  'input_tokens',
  'output_tokens',
  'cache_read_tokens',
  'cache_creation_tokens',
  'total_tokens',
  'cost_usd',
  'price_source',
  'reported_cost_usd',
];

/** SQL of these columns, from the column `request_figures` of a row of `task_requests`. */
export const figuresOfRequest = figures
  .map((name, place) => `request_figures.${place + 1} AS ${name}`)
  .join(',\n  ');

export const taskRequests = (): NodeDefinition[] => [
  taskSpans,
  node({
    name: 'task_requests',
    description: 'One row per request that belongs to a task',
    sql: `
SELECT
  request_key,
  any(span_project) AS project,
  any(span_task) AS task_id,
  any(timestamp) AS requested_at,
  any(tokens) AS request_tokens,
  any(cost) AS request_cost,
  any(session_id) AS request_session,
  any(figures_of_request) AS request_figures
FROM (
  SELECT
    request_key,
    timestamp,
    session_id,
    total_tokens AS tokens,
    cost_usd AS cost,
    (${figures.join(', ')}) AS figures_of_request
  FROM billed_requests
) AS work
INNER JOIN task_spans USING (session_id)
WHERE ${isHeld}
GROUP BY request_key
HAVING uniqExact(span_project, span_task) = 1`,
  }),
];

/** The feature of each task: the one that its last event with a feature names. Needs `task_events`. */
export const taskFeatures = node({
  name: 'task_features',
  description: 'The feature of each task that names one',
  sql: `
SELECT project, task_id, argMax(feature_id, (timestamp, event_id)) AS feature
FROM task_events
WHERE task_id != '' AND feature_id != ''
GROUP BY project, task_id`,
});

/**
 * Each request of `billed_requests` with its task and the feature of that; both empty if it belongs to none. Needs
 * {@link taskRequests} and {@link taskFeatures}.
 */
const requestsWithTask = node({
  name: 'requests_with_task',
  description: 'Each request with its task and feature, which are empty without one',
  sql: `
SELECT
  requests.*,
  owner.task_project AS task_project,
  owner.task_id AS task_id,
  owner.feature AS feature_id
FROM billed_requests AS requests
LEFT JOIN (
  SELECT request_key, project AS task_project, task_id, feature
  FROM (SELECT request_key, project, task_id FROM task_requests) AS owned
  LEFT JOIN task_features USING (project, task_id)
) AS owner USING (request_key)`,
});

/** Each request of the window with its task and feature, in the node `requests_with_task`, and what that needs. */
export const requestsOfTasks = (): NodeDefinition[] => [
  taskEvents(),
  billedRequests(),
  ...taskRequests(),
  taskFeatures,
  requestsWithTask,
];

/** The tasks with a successful run in the window. Needs `task_events`, which has no event after the window. */
export const completedTasks = node({
  name: 'completed',
  description: 'The tasks with a successful run in the window',
  sql: `
SELECT DISTINCT project, task_id
FROM task_events
WHERE event = 'issue_complete'
  AND status = 'success'
  AND task_id != ''
  AND timestamp >= ${windowStart}`,
});

/** @param window condition on the snapshots' timestamp */
export const taskSnapshots = (window: Window): NodeDefinition =>
  node({
    name: 'task_snapshots',
    description: 'One row per context snapshot; task_id is empty where it belongs to none',
    sql: `
SELECT
  if(own_task != '', own_project, if(holders = 1, held_project, own_project)) AS project,
  if(own_task != '', own_task, if(holders = 1, held_task, '')) AS task_id,
  taken_in AS session_id,
  taken_at,
  JSONExtract(reported, 'estimated_tokens', 'Nullable(Float64)') AS estimated_tokens,
  JSONExtract(reported, 'tool_calls', 'Nullable(Float64)') AS tool_calls,
  JSONExtract(reported, 'breakdown', 'Map(String, Float64)') AS breakdown
FROM (
  SELECT
    event_id,
    any(snapshots.project) AS own_project,
    any(snapshots.task_id) AS own_task,
    any(snapshots.session_id) AS taken_in,
    any(timestamp) AS taken_at,
    any(payload) AS reported,
    uniqExactIf((span_project, span_task), span_task != '' AND ${isHeld}) AS holders,
    anyIf(span_project, span_task != '' AND ${isHeld}) AS held_project,
    anyIf(span_task, span_task != '' AND ${isHeld}) AS held_task
  FROM (
    SELECT *
    FROM task_events
    WHERE event = 'context_snapshot'
      AND ${window.rows}
  ) AS snapshots
  LEFT JOIN task_spans USING (session_id)
  GROUP BY event_id
)`,
  });
