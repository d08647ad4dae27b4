/** SQL: what work is made of (sessions, commits, pull requests, tasks, features), and how these are linked. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { billedRequests, inProject } from './define.js';
import { outcomeNodes } from './request-outcomes.js';
import { taskEvents } from './task-runs.js';
import { taskFeatures, taskRequests } from './task-usage.js';
import { inWindow } from './window.js';

export const entityKinds = ['session', 'commit', 'pull_request', 'task', 'feature'] as const;

/** How a link was found. */
export const linkEvidence = [
  'tool_output',
  'git_log',
  'client_note',
  'event',
  'hash',
  'patch',
  'subject',
  'order',
  'branch',
  'time',
] as const;

/** SQL of the name of a pull request, as `cost_by_pr` has it. */
export const pullName = (repository: string, number: string) =>
  `concat(${repository}, '#', toString(${number}))`;

/** Everything that is stored about commits, pull requests, tasks and features, with what each request belongs to. */
export const workNodes: NodeDefinition[] = [
  billedRequests(),
  taskEvents(),
  ...taskRequests(),
  taskFeatures,
  ...outcomeNodes,
  node({
    name: 'requests_of_work',
    description: 'Each request with its task, feature, commit and pull request; each is empty without one',
    sql: `
SELECT
  *,
  if(number = 0, '', ${pullName('repository', 'number')}) AS pull_name,
  if(number = 0, 1, pull_confidence) AS link_of_pull
FROM request_outcomes AS requests
LEFT JOIN (
  SELECT request_key, task_id, feature AS feature_id
  FROM (SELECT request_key, project, task_id FROM task_requests) AS owned
  LEFT JOIN task_features USING (project, task_id)
) AS of_task USING (request_key)`,
  }),
];

/** The node `states_of_tasks`, over `task_events`: each task of the window with its newest state. */
export const statesOfTasks = node({
  name: 'states_of_tasks',
  description: 'Each task with an event in the window: its state, and when it was first and last seen',
  sql: `
SELECT
  project,
  task_id,
  multiIf(
    last_event != 'issue_complete', 'open',
    last_status = 'success', 'completed',
    last_status IN ('failure', 'timeout'), 'failed',
    last_status IN ('skipped', 'cancelled'), last_status,
    'ended'
  ) AS state,
  first_seen,
  last_seen
FROM (
  SELECT
    project,
    task_id,
    argMax(event, (timestamp, event = 'issue_complete', event_id)) AS last_event,
    argMax(status, (timestamp, event = 'issue_complete', event_id)) AS last_status,
    min(timestamp) AS first_seen,
    max(timestamp) AS last_seen,
    countIf(${inWindow}) AS events_in_window
  FROM task_events
  WHERE task_id != '' AND NOT (event = 'issue_complete' AND status = 'running')
  GROUP BY project, task_id
)
WHERE events_in_window > 0`,
});

/** The node `told_links`: what an emitted event names together. */
export const toldLinks = node({
  name: 'told_links',
  description: 'The tasks, sessions, commits and pull requests that one emitted event names together',
  sql: `
SELECT project, session_id, task_id, commit_hash, pr_number
FROM telemetry_events
FINAL
WHERE ${inWindow}
  ${inProject}
  AND source = 'cli'
  AND task_id != ''
  AND (session_id != '' OR commit_hash != '' OR pr_number IS NOT NULL)
GROUP BY project, session_id, task_id, commit_hash, pr_number`,
});
