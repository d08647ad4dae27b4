/** The question loops: where did a session go round in circles? */
import { node, p, t } from '@tinybirdco/sdk';
import { qualityClasses } from '../datasources/quality-classes.js';
import { checkRuns } from './parts/check-runs.js';
import { billedRequests, defineQuestion, oneOf, windowOfSession, windowParams } from './parts/define.js';
import { groupKey } from './parts/group-key.js';
import { slice, sliceParams } from './parts/slice.js';
import { toolCalls } from './parts/tool-calls.js';
import { thisSession } from './session-overview.js';

/** How many failures make a loop: three happen when all goes well. */
const LOOP = 4;

/** Tools that change files. */
const editors = `('Edit', 'Write', 'MultiEdit', 'NotebookEdit')`;

const loop = groupKey({
  kind: 'kind',
  session_id: 'session_id',
  project: 'in_project',
  agent_id: 'agent_id',
  agent_type: 'type_of_agent',
  tool_name: 'tool_name',
  check: 'check',
  error_class: 'class_of_failure',
  times: 'times',
  first_at: 'first_at',
  last_at: 'last_at',
  is_resolved: 'toUInt8(is_resolved)',
});

/**
 * Where did a session go round in circles?
 *
 * | kind         | what happened                                                                                              |
 * |--------------|------------------------------------------------------------------------------------------------------------|
 * | same_failure | a thread called a tool four times or more within a prompt, each time with the same class of failure, and   |
 * |              | no other call of that tool in between                                                                      |
 * | edit_fail    | a check failed, and three times or more files were edited and it failed again, without a pass in between   |
 *
 * What a tool was called with is not known, so a same_failure may be of different inputs.
 */
export const loops = defineQuestion('loops', {
  description:
    'Where did sessions go round in circles, newest first? same_failure: a thread called a tool four times or more in a row within a prompt, each time with the same class of failure. edit_fail: a check failed, and three times or more files were edited and it failed again. cost_usd is the list price of the requests in between: of the thread, or for edit_fail of the session.',
  params: {
    ...windowParams,
    ...sliceParams,
    session_id: p
      .string()
      .optional()
      .describe('Only the loops of this session, whole, unless days or date_from is given.'),
  },
  nodes: [
    billedRequests(windowOfSession, thisSession),
    toolCalls(windowOfSession, thisSession),
    checkRuns(windowOfSession, thisSession),
    node({
      name: 'same_failures',
      sql: `
SELECT
  session_id,
  agent_id,
  in_project,
  type_of_agent,
  tool_name,
  streak[1].3 AS class_of_failure,
  length(streak) AS times,
  streak[1].1 AS first_at,
  streak[-1].1 AS last_at,
  arrayExists(one -> one.2 = 'success' AND one.1 > streak[-1].1, calls) AS is_resolved
FROM (
  SELECT
    session_id,
    agent_id,
    prompt_id,
    tool_name,
    max(project) AS in_project,
    max(agent_type) AS type_of_agent,
    arraySort(
      one -> (one.1, one.4),
      groupArray((called_at, toString(status), toString(error_class), tool_use_id))
    ) AS calls
  FROM tool_calls
  GROUP BY session_id, agent_id, prompt_id, tool_name
  HAVING countIf(status = 'failure') >= ${LOOP}
)
ARRAY JOIN arrayFilter(
  part -> length(part) >= ${LOOP} AND part[1].2 = 'failure',
  arraySplit(
    (one, before) -> one.2 != 'failure' OR before.2 != 'failure' OR before.3 != one.3,
    calls,
    arrayPushFront(arrayPopBack(calls), calls[1])
  )
) AS streak`,
    }),
    node({
      name: 'edits',
      sql: `
SELECT session_id, groupArray(called_at) AS edited_at
FROM tool_calls
WHERE tool_name IN ${editors}
  AND status = 'success'
GROUP BY session_id`,
    }),
    node({
      name: 'edit_failures',
      description: 'The failures of a check up to its next pass, where files were edited before each',
      sql: `
SELECT
  session_id,
  in_project,
  check,
  streak[1].1 AS first_at,
  streak[-1].1 AS last_at,
  1 + arrayCount(
    n -> arrayExists(at -> at > streak[n - 1].2 AND at < streak[n].1, edited_at),
    range(2, length(streak) + 1)
  ) AS times,
  arrayExists(one -> one.3 = 'success' AND one.1 > last_at, runs) AS is_resolved
FROM (
  SELECT
    session_id,
    check,
    max(project) AS in_project,
    arraySort(
      one -> (one.1, one.4, one.5),
      groupArray((timestamp, ended_at, status, tool_use_id, place))
    ) AS runs
  FROM check_runs
  WHERE status != ''
  GROUP BY session_id, check
  HAVING countIf(status = 'failure') >= ${LOOP}
) AS checks
INNER JOIN edits USING (session_id)
ARRAY JOIN arrayFilter(
  part -> length(part) >= ${LOOP},
  arrayMap(
    part -> arrayFilter(one -> one.3 = 'failure', part),
    arraySplit(one -> one.3 = 'success', runs)
  )
) AS streak
WHERE times >= ${LOOP}`,
    }),
    node({
      name: 'found',
      sql: `
SELECT
  'same_failure' AS kind,
  session_id,
  agent_id,
  in_project,
  type_of_agent,
  tool_name,
  '' AS check,
  class_of_failure,
  times,
  first_at,
  last_at,
  is_resolved
FROM same_failures
UNION ALL
SELECT
  'edit_fail' AS kind,
  session_id,
  '' AS agent_id,
  in_project,
  '' AS type_of_agent,
  '' AS tool_name,
  check,
  '' AS class_of_failure,
  times,
  first_at,
  last_at,
  is_resolved
FROM edit_failures`,
    }),
    node({
      name: 'loops_with_cost',
      sql: `
SELECT
  ${loop.columns},
  countIf(is_part) AS request_count,
  sumOrNullIf(request_cost, is_part) AS cost_usd,
  countIf(is_part AND request_cost IS NULL) AS unpriced_requests
FROM (
  SELECT
    ${loop.made},
    request.cost_usd AS request_cost,
    request.asked_at > first_at
      AND request.asked_at <= last_at
      AND (kind = 'edit_fail' OR request.asker = agent_id) AS is_part
  FROM found
  LEFT JOIN (
    SELECT session_id, agent_id AS asker, timestamp AS asked_at, cost_usd
    FROM billed_requests
    WHERE session_id IN (SELECT session_id FROM found)
  ) AS request USING (session_id)
)
GROUP BY ${loop.name}
ORDER BY first_at DESC, session_id, kind, agent_id, tool_name, check${slice}`,
    }),
  ],
  output: {
    kind: oneOf('same_failure', 'edit_fail'),
    session_id: t.string(),
    project: t.string(),
    agent_id: t.string(),
    agent_type: t.string(),
    tool_name: t.string(),
    check: oneOf('', ...qualityClasses),
    error_class: t.string(),
    times: t.uint64(),
    first_at: t.dateTime64(3, 'UTC'),
    last_at: t.dateTime64(3, 'UTC'),
    is_resolved: t.uint8(),
    request_count: t.uint64(),
    cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
  },
});
