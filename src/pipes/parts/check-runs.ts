/** SQL: the checks that sessions ran, and what it cost to mend those that failed. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { qualityClasses } from '../../datasources/quality-classes.js';
import { inProject } from './define.js';
import type { Window } from './window.js';

const text = (name: string) => `JSONExtractString(payload, '${name}')`;

/** SQL of the list of classes. */
export const classList = `[${qualityClasses.map((one) => `'${one}'`).join(', ')}]`;

/**
 * One row per check that a session ran. Its time is known if it is the only check of its call and its outcome is known:
 * then it is the time of the call, as `tool_calls` has it.
 */
export const checkRuns = (window: Window, condition: string): NodeDefinition =>
  node({
    name: 'check_runs',
    description: 'One row per check that a session ran',
    sql: `
SELECT
  session_id,
  project,
  agent_id,
  timestamp,
  ended_at,
  tool_use_id,
  place,
  check,
  branch,
  status,
  error_class,
  if(checks = 1 AND status != '', coalesce(call.call_ms, answered_after_ms), NULL) AS duration_ms
FROM (
  SELECT
    session_id,
    toString(project) AS project,
    agent_id,
    timestamp,
    JSONExtract(payload, 'answered_after_ms', 'Nullable(UInt64)') AS answered_after_ms,
    timestamp + toIntervalMillisecond(ifNull(answered_after_ms, 0)) AS ended_at,
    tool_use_id,
    JSONExtractUInt(payload, 'place') AS place,
    JSONExtractUInt(payload, 'checks') AS checks,
    ${text('check')} AS check,
    ${text('branch')} AS branch,
    toString(status) AS status,
    toString(error_class) AS error_class
  FROM telemetry_events
  FINAL
  WHERE ${window.events}
    AND event = 'check_run'
    ${inProject}
    ${condition}
  ORDER BY version DESC
  LIMIT 1 BY event_id
) AS runs
LEFT JOIN (SELECT tool_use_id, duration_ms AS call_ms FROM tool_calls) AS call USING (tool_use_id)
WHERE has(${classList}, check)`,
  });

/**
 * What it took to mend failed checks, over `check_runs` and `billed_requests`. A mend begins with the end of a failed run
 * and ends with the call of the next run of that class in the session that passed; all requests of the session in
 * between are part of it, that of the passing call too. It has the columns of its first failed run.
 *
 * @param of columns of `runs` that a mend is kept with
 */
export const mends = (runs: string, of: readonly string[]): NodeDefinition[] => [
  node({
    name: 'mends',
    description: 'One row per failed check that passed later in its session',
    sql: `
SELECT
  session_id,
  check,
  mend.1 AS failed_at,
  mend.2 AS passed_at,
  ${of.map((column, n) => `mend.3.${n + 1} AS ${column}`).join(',\n  ')}
FROM (
  SELECT
    session_id,
    check,
    arraySort(
      one -> (one.1, one.2, one.3),
      groupArray((timestamp, tool_use_id, place, status, ended_at, (${of.join(', ')})))
    ) AS known,
    arrayFilter(
      n -> known[n].4 = 'failure' AND (n = 1 OR known[n - 1].4 = 'success'),
      arrayEnumerate(known)
    ) AS starts
  FROM ${runs}
  WHERE status != ''
  GROUP BY session_id, check
)
ARRAY JOIN arrayMap(
  n -> (known[n].5, arrayFirst(one -> one.4 = 'success', arraySlice(known, n)).1, known[n].6),
  arrayFilter(n -> arrayExists(one -> one.4 = 'success', arraySlice(known, n)), starts)
) AS mend`,
  }),
  node({
    name: 'requests_of_mends',
    description: 'Each request of each mend; one request can be part of mends of several classes',
    sql: `
SELECT cost_usd, requests.check AS check, ${of.join(', ')}
FROM (
  SELECT session_id, timestamp, cost_usd, check
  FROM billed_requests
  ARRAY JOIN ${classList} AS check
  WHERE session_id IN (SELECT session_id FROM mends)
) AS requests
ASOF INNER JOIN mends
  ON requests.session_id = mends.session_id
  AND requests.check = mends.check
  AND requests.timestamp > mends.failed_at
WHERE requests.timestamp <= mends.passed_at`,
  }),
];
