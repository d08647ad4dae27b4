/** The question quality_runs: which checks did sessions run, how did they end, and what did mending them cost? */
import { node, p, t } from '@tinybirdco/sdk';
import { qualityClasses } from '../datasources/quality-classes.js';
import { checkRuns, classList, mends } from './parts/check-runs.js';
import { commitNodes, ownedByCommits } from './parts/commit-owners.js';
import { billedRequests, defineQuestion, oneOf, windowOfSession, windowParams } from './parts/define.js';
import { qualityGroups } from './parts/quality-groups.js';
import { slice, sliceParams } from './parts/slice.js';
import { toolCalls } from './parts/tool-calls.js';
import { thisSession } from './session-overview.js';

/** The columns that say which part a row is about; empty unless the rows are grouped by it. */
const partColumns = ['part_session', 'part_project', 'part_branch', 'part_commit'] as const;
const parts = partColumns.join(', ');

const ofBranch = `
  {% if defined(branch) %}
  AND if(JSONExtractString(payload, 'branch') = '', 'unattributed', JSONExtractString(payload, 'branch')) = {{ String(branch) }}
  {% end %}`;

/** The columns of the parts, by the parameter `group_by`. */
const partsOfRuns = `
  {% if String(group_by, 'class') == 'class' %}
  SELECT *, '' AS part_session, '' AS part_project, '' AS part_branch, '' AS part_commit
  FROM check_runs
  {% elif String(group_by) == 'session' %}
  SELECT *, session_id AS part_session, project AS part_project, '' AS part_branch, '' AS part_commit
  FROM check_runs
  {% elif String(group_by) == 'branch' %}
  SELECT
    *,
    '' AS part_session,
    project AS part_project,
    if(branch = '', 'unattributed', branch) AS part_branch,
    '' AS part_commit
  FROM check_runs
  {% elif String(group_by) == 'commit' %}
  SELECT
    owned_runs.*,
    if(chain = '', '', session_id) AS part_session,
    if(chain = '', '', project) AS part_project,
    commit.commit_branch AS part_branch,
    if(chain = '', 'unattributed', commit.last_hash) AS part_commit
  FROM owned_runs
  LEFT JOIN (
    SELECT session_id, chain, commit_hash AS last_hash, branch AS commit_branch
    FROM commits
  ) AS commit USING (session_id, chain)
  {% else %}
  {{ error('group_by takes ${qualityGroups.join(', ')}') }}
  {% end %}`;

/**
 * Which checks did sessions run, how did they end, and what did mending them cost? One row per class of check, and with
 * `group_by` per class and session, branch or commit. A check belongs to a commit as a request does.
 */
export const qualityRuns = defineQuestion('quality_runs', {
  description:
    "Which checks (test, lint, type_check, build, deploy) did sessions run, and how did they end? unknown: the call's one exit code does not tell. tries_to_green: runs with a known outcome up to the first one that passed, on average over the sessions that had one. mends: failed runs that passed later in their session; mend_cost_usd is the list price of the session's requests in between. A request can be part of mends of several classes.",
  params: {
    ...windowParams,
    ...sliceParams,
    group_by: p
      .string()
      .optional('class')
      .describe(`What to group by: ${qualityGroups.join(', ')}. Every row is of one class.`),
    branch: p.string().optional().describe('Only checks on this git branch; unattributed: on none.'),
    session_id: p
      .string()
      .optional()
      .describe('Only the checks of this session, whole, unless days or date_from is given.'),
  },
  nodes: [
    billedRequests(windowOfSession, thisSession),
    toolCalls(windowOfSession, thisSession),
    checkRuns(windowOfSession, `${thisSession} ${ofBranch}`),
    ...commitNodes,
    ownedByCommits('owned_runs', 'check_runs'),
    node({ name: 'runs_of_parts', sql: partsOfRuns }),
    ...mends('runs_of_parts', partColumns),
    node({
      name: 'spend_of_mends',
      sql: `
SELECT
  check,
  ${parts},
  count() AS mend_requests,
  sumOrNull(cost_usd) AS mend_cost_usd,
  countIf(cost_usd IS NULL) AS unpriced_mend_requests
FROM requests_of_mends
GROUP BY check, ${parts}`,
    }),
    node({
      name: 'mends_of_parts',
      sql: `
SELECT check, ${parts}, count() AS mends
FROM mends
GROUP BY check, ${parts}`,
    }),
    node({
      name: 'sessions_of_parts',
      description: 'The runs of each class in each session and part',
      sql: `
SELECT
  check,
  ${parts},
  session_id,
  count() AS runs,
  countIf(status = 'success') AS passed,
  countIf(status = 'failure') AS failed,
  groupArrayIf(error_class, status = 'failure') AS classes,
  count(duration_ms) AS timed_runs,
  sumOrNull(duration_ms) AS total_duration_ms,
  min(timestamp) AS first_at,
  max(timestamp) AS last_at,
  arrayMap(
    one -> one.4,
    arraySort(groupArrayIf((timestamp, tool_use_id, place, status), status != ''))
  ) AS outcomes,
  indexOf(outcomes, 'success') AS tries
FROM runs_of_parts
GROUP BY check, ${parts}, session_id`,
    }),
    node({
      name: 'sums',
      sql: `
SELECT
  check,
  ${parts},
  sum(runs) AS runs,
  sum(passed) AS passed,
  sum(failed) AS failed,
  count() AS sessions,
  countIf(tries > 0) AS green_sessions,
  countIf(tries = 1) AS first_try_sessions,
  countIf(notEmpty(outcomes) AND outcomes[-1] = 'failure') AS red_sessions,
  avgOrNullIf(tries, tries > 0) AS tries_to_green,
  groupArrayArray(classes) AS error_classes,
  sum(timed_runs) AS timed_runs,
  sumOrNull(total_duration_ms) AS total_duration_ms,
  min(first_at) AS first_at,
  max(last_at) AS last_at
FROM sessions_of_parts
GROUP BY check, ${parts}`,
    }),
    node({
      name: 'rows_of_checks',
      sql: `
SELECT
  check,
  part_session AS session_id,
  part_project AS project,
  part_branch AS branch,
  part_commit AS commit_hash,
  runs,
  passed,
  failed,
  runs - passed - failed AS unknown,
  failed / nullIf(passed + failed, 0) AS failure_rate,
  arraySort(
    one -> (-toInt64(one.2), one.1),
    arrayMap(
      name -> (name, countEqual(error_classes, name)),
      arrayFilter(name -> name != '', arrayDistinct(error_classes))
    )
  ) AS failure_classes,
  sessions,
  green_sessions,
  first_try_sessions,
  red_sessions,
  tries_to_green,
  mends,
  mend_requests,
  mend_cost_usd,
  unpriced_mend_requests,
  timed_runs,
  total_duration_ms,
  first_at,
  last_at
FROM sums
LEFT JOIN mends_of_parts USING (check, ${parts})
LEFT JOIN spend_of_mends USING (check, ${parts})
ORDER BY
  {% if String(group_by, 'class') != 'class' %}
  part_commit = 'unattributed',
  max(last_at) OVER (PARTITION BY ${parts}) DESC,
  ${parts},
  {% end %}
  indexOf(${classList}, check)${slice}`,
    }),
  ],
  output: {
    check: oneOf(...qualityClasses),
    session_id: t.string(),
    project: t.string(),
    branch: t.string(),
    commit_hash: t.string(),
    runs: t.uint64(),
    passed: t.uint64(),
    failed: t.uint64(),
    unknown: t.uint64(),
    failure_rate: t.float64().nullable(),
    failure_classes: t.array(t.tuple(t.string(), t.uint64())),
    sessions: t.uint64(),
    green_sessions: t.uint64(),
    first_try_sessions: t.uint64(),
    red_sessions: t.uint64(),
    tries_to_green: t.float64().nullable(),
    mends: t.uint64(),
    mend_requests: t.uint64(),
    mend_cost_usd: t.float64().nullable(),
    unpriced_mend_requests: t.uint64(),
    timed_runs: t.uint64(),
    total_duration_ms: t.uint64().nullable(),
    first_at: t.dateTime64(3, 'UTC'),
    last_at: t.dateTime64(3, 'UTC'),
  },
});
