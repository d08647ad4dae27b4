/** The question entities: which sessions, commits, pull requests, tasks and features are there, and in which state? */
import { node, t } from '@tinybirdco/sdk';
import { commitNodes, shortHash } from './parts/commit-owners.js';
import { billedRequests, defineQuestion, oneOf, windowParams } from './parts/define.js';
import { entityKinds, pullName, statesOfTasks } from './parts/entities.js';
import { pullRequestNodes } from './parts/pull-requests.js';
import { isReverted } from './parts/request-outcomes.js';
import { pageOrder } from './parts/page-order.js';
import { taskEvents } from './parts/task-runs.js';
import { taskFeatures } from './parts/task-usage.js';
import { windowEnd, windowStart } from './parts/window.js';

const touchesWindow = (first: string, last: string) =>
  `${first} < ${windowEnd} AND ${last} >= ${windowStart}`;

/** The order of the rows. */
export const entitiesOrder = pageOrder(
  ['last_seen', 'latest'],
  ['kind', entityKinds],
  ['id', 'text'],
  ['project', 'text'],
);

/**
 * Which sessions, commits, pull requests, tasks and features are there, and in which state? They are derived from the
 * stored facts at the time of the question, so the same facts in any order and number give the same entities.
 */
export const entities = defineQuestion('entities', {
  description:
    'Which sessions, commits, pull requests, tasks and features were seen in the window, the last seen first? state: of a session ended or open; of a commit made, replaced, reverted or outside (made outside of sessions: it copies or undoes a commit of a session); of a pull request open, merged, closed or unknown; of a task open, completed, failed, skipped, cancelled or ended (without an outcome); of a feature open (a task of it is) or ended.',
  params: { ...windowParams, ...entitiesOrder.params },
  nodes: [
    billedRequests(),
    ...commitNodes,
    ...pullRequestNodes(),
    taskEvents(),
    taskFeatures,
    statesOfTasks,
    node({
      name: 'sessions_seen',
      sql: `
SELECT
  session_id,
  max(project_of_row) AS in_project,
  min(at) AS first_seen,
  max(at) AS last_seen
FROM (
  SELECT session_id, toString(project) AS project_of_row, timestamp AS at
  FROM billed_requests
  WHERE session_id != ''
  UNION ALL
  SELECT session_id, toString(project), made_at
  FROM made_commits
  WHERE NOT is_copy AND ${touchesWindow('made_at', 'made_at')}
)
GROUP BY session_id`,
    }),
    node({
      name: 'found',
      sql: `
SELECT 'session' AS kind, session_id AS id, in_project, if(ended, 'ended', 'open') AS state, first_seen, last_seen
FROM sessions_seen
LEFT JOIN (
  SELECT session_id, argMax(ended_at, version) IS NOT NULL AS ended
  FROM session_summaries
  WHERE session_id IN (SELECT session_id FROM sessions_seen)
  GROUP BY session_id
) AS ends USING (session_id)
UNION ALL
SELECT 'commit', commit_hash, project, if(${isReverted}, 'reverted', 'made'), committed_at, committed_at
FROM commits
WHERE ${touchesWindow('committed_at', 'committed_at')}
UNION ALL
SELECT 'commit', hash, project, 'replaced', committed_at, committed_at
FROM commits
ARRAY JOIN replaced AS hash
WHERE ${touchesWindow('committed_at', 'committed_at')}
UNION ALL
SELECT 'commit', hash, project, 'outside', min(made_at), max(made_at)
FROM made_commits
WHERE is_copy
  AND (copies != '' OR reverts != '')
  AND (project, ${shortHash('hash')}) NOT IN (SELECT project, ${shortHash('hash')} FROM made_commits WHERE NOT is_copy)
  AND ${touchesWindow('made_at', 'made_at')}
GROUP BY hash, project
UNION ALL
SELECT
  'pull_request',
  ${pullName('repository', 'number')},
  repository,
  if(state = '', 'unknown', state),
  first_noted,
  greatest(first_noted, ifNull(merged_at, first_noted), ifNull(closed_at, first_noted)) AS pull_seen
FROM pull_requests
WHERE ${touchesWindow('first_noted', 'pull_seen')}
UNION ALL
SELECT 'task', task_id, project, state, first_seen, last_seen
FROM states_of_tasks
UNION ALL
SELECT
  'feature',
  feature,
  project,
  if(countIf(state = 'open') > 0, 'open', 'ended'),
  min(first_seen),
  max(last_seen)
FROM states_of_tasks
INNER JOIN task_features USING (project, task_id)
GROUP BY feature, project`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT kind, id, toString(in_project) AS project, state, first_seen, last_seen
FROM found`,
    }),
    entitiesOrder.page('answer'),
  ],
  output: {
    kind: oneOf(...entityKinds),
    id: t.string(),
    project: t.string(),
    state: t.string(),
    first_seen: t.dateTime64(3, 'UTC'),
    last_seen: t.dateTime64(3, 'UTC'),
  },
});
