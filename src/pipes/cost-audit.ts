/** The question cost_audit: does each session's cost equal the client's own total, and if not, why? */
import { node, p, t } from '@tinybirdco/sdk';
import { isSeenBy } from '../datasources/layers.js';
import { costOfRequest } from '../datasources/price.js';
import { readText } from '../datasources/ranked.js';
import { isOwnWeek } from '../datasources/requests.js';
import { requestsWithBrokenAttempts, ROUNDING } from './parts/broken-attempts.js';
import { billedRequests, defineQuestion, inProject, oneOf, windowParams } from './parts/define.js';
import { claudeMetrics } from './parts/otel-metrics.js';
import { orNever, windowBetween, windowEnd, windowStart, type Window } from './parts/window.js';

/** A session that is requested by its id is audited whenever it was active. */
const ifInWindow = (condition: string) => `
  {% if defined(session_id) and not defined(days) and not defined(date_from) and not defined(date_to) %}
  {% else %}
  ${condition}
  {% end %}`;

const thisSession = `
    {% if defined(session_id) %}
    WHERE session_id = {{ String(session_id) }}
    {% end %}`;

/** The rows of the audited sessions, each of them whole, and the weeks that these have rows in. */
const auditedSessions: Window = {
  rows: 'session_id IN (SELECT session_id FROM audited_sessions)',
  weeks: 'week IN (SELECT week FROM audited_weeks)',
  events: 'toMonday(timestamp) IN (SELECT week FROM audited_weeks)',
  sessions: 'session_id IN (SELECT session_id FROM audited_sessions)',
};

/** The same weeks for tables that are not sorted by week. */
const auditedTime = windowBetween(
  orNever("(SELECT toDateTime64(minOrNull(week), 3, 'UTC') FROM audited_weeks)"),
  "(SELECT toDateTime64(maxOrNull(week) + 7, 3, 'UTC') FROM audited_weeks)",
);

const copiedTime = windowBetween(
  orNever('(SELECT minOrNull(timestamp) - toIntervalDay(1) FROM copies)'),
  '(SELECT maxOrNull(timestamp) + toIntervalDay(1) FROM copies)',
);

/**
 * Does each session's cost equal the client's own total, and if not, why?
 *
 * The client's total is its `cost-state` line (since 2.1.332), else its `claude_code.cost.usage` counter. The former
 * goes on over resumes and forks: a fork's total contains what its original had cost until then. It also contains
 * requests that no transcript has, and broken attempts.
 */
export const costAudit = defineQuestion('cost_audit', {
  description:
    "Does each session's cost equal the client's own total, and if not, why? Sessions that were active in the window, each whole, greatest unexplained difference first. verdict: equal; inherited (equal, less what the original of a fork had cost); broken (the client also charges attempts that broke off); further_calls (the client also charges calls of another model that only its counters report, such as an advisor's); unanswered (attempts broke off or were interrupted and no whole answer followed: the client charges an estimate); unseen (the client counts requests that transcripts do not have, and OpenTelemetry was not received: compactions, web searches, broken attempts); unknown_model and managed (the client does not use the price list); running (the client has not written its total yet); unreported (the client reports no total); unexplained.",
  params: {
    ...windowParams,
    session_id: p
      .string()
      .optional()
      .describe('Only this session, unless it was not active in the days or since date_from, if given.'),
  },
  nodes: [
    node({
      name: 'audited_sessions',
      description:
        'Sessions that were active in the window, or the requested one; when their first and last row was',
      sql: `
SELECT
  session_id,
  min(first_at) AS began,
  max(last_at) AS over
FROM (
  SELECT session_id, first_at, last_at, 1 AS is_row, 0 AS is_active
  FROM session_bounds
  ${thisSession}
  UNION ALL
  SELECT
    session_id,
    coalesce(started_at, timestamp),
    greatest(timestamp, coalesce(ended_at, timestamp)),
    0,
    ifNull(last_activity_at >= ${windowStart} AND last_activity_at < ${windowEnd}, 0)
  FROM session_summaries
  ${thisSession}
)
GROUP BY session_id
${ifInWindow(`HAVING max(is_active) = 1
  OR (
    max(is_row) = 1
    AND maxIf(last_at, is_row = 1) >= ${windowStart}
    AND minIf(first_at, is_row = 1) < ${windowEnd}
  )`)}`,
    }),
    node({
      name: 'audited_weeks',
      description: 'The weeks of these sessions, with a day on either side: the layers differ in their times',
      sql: `
SELECT DISTINCT arrayJoin(arrayMap(
  place -> toMonday(began - toIntervalDay(1)) + 7 * place,
  range(toUInt32(intDiv(toMonday(over + toIntervalDay(1)) - toMonday(began - toIntervalDay(1)), 7) + 1))
)) AS week
FROM audited_sessions`,
    }),
    billedRequests(auditedSessions),
    requestsWithBrokenAttempts(),
    claudeMetrics({ ...auditedSessions, events: auditedTime.rows }),
    node({
      name: 'ours',
      sql: `
SELECT
  session_id,
  max(project) AS spend_project,
  count() AS requests,
  sumOrNull(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced,
  sumIf(reported_cost_usd - response_cost_usd, reported_cost_usd - response_cost_usd > ${ROUNDING}) AS broken,
  countIf(${isSeenBy('otel')}) AS seen_by_otel,
  groupUniqArray(toString(model)) AS models
FROM requests_with_broken_attempts
GROUP BY session_id`,
    }),
    node({
      name: 'copies',
      sql: `
SELECT session_id, request_key, min(timestamp) AS timestamp
FROM copied_requests
WHERE ${auditedSessions.rows}
GROUP BY session_id, request_key`,
    }),
    node({
      name: 'all_requests',
      description: 'Requests from the first to the last that a fork copied',
      sql: `
SELECT request_key, ${readText('best_session_id')} AS owner, timestamp AS requested_at, ${costOfRequest} AS cost
FROM requests
FINAL
WHERE ${copiedTime.weeks}
  AND ${isOwnWeek}`,
    }),
    node({
      name: 'copied',
      description: 'Up to when a fork copied which session; it copies no lines of subagents',
      sql: `
SELECT session_id, owner, max(requested_at) AS copied_until
FROM copies
INNER JOIN all_requests USING (request_key)
WHERE owner != session_id
GROUP BY session_id, owner`,
    }),
    node({
      name: 'inherited_requests',
      sql: `
SELECT copied.session_id AS session_id, sumOrNull(cost) AS inherited
FROM copied
INNER JOIN all_requests ON all_requests.owner = copied.owner
WHERE requested_at <= copied_until
GROUP BY session_id`,
    }),
    node({
      name: 'counters',
      sql: `
SELECT session_id, groupArray((model, added)) AS counted
FROM (
  SELECT session_id, model, sum(value) AS added
  FROM claude_metrics
  WHERE metric = 'claude_code.cost.usage'
    AND ${auditedSessions.rows}
  GROUP BY session_id, model
)
GROUP BY session_id`,
    }),
    node({
      name: 'unanswered',
      description: 'Sessions in which the connection broke during a request, or an answer was interrupted',
      sql: `
SELECT DISTINCT session_id
FROM (
  SELECT session_id
  FROM telemetry_events
  FINAL
  WHERE event IN ('api_retry', 'api_error')
    AND NOT startsWith(toString(error_class), 'http_')
    AND ${auditedSessions.events}
    AND ${auditedSessions.rows}
  UNION ALL
  SELECT session_id
  FROM api_requests
  FINAL
  -- Few sightings are unfinished: the rows with their ids are read, and no others.
  WHERE event_id IN (SELECT event_id FROM api_requests WHERE is_final = 0 AND ${auditedTime.rows})
    AND source = 'transcript'
    AND is_final = 0
    AND is_copy = 0
    AND ${auditedTime.rows}
    AND ${auditedSessions.rows}
)`,
    }),
    node({
      name: 'summaries',
      sql: `
SELECT
  session_id,
  max(project) AS summary_project,
  max(reported_cost_usd) AS state_cost,
  max(reported_cost_basis) AS basis,
  max(ended_at IS NOT NULL) AS has_ended
FROM session_summaries
FINAL
WHERE ${auditedSessions.rows}
GROUP BY session_id`,
    }),
    node({
      name: 'facts',
      description: 'What each source knows of a session, side by side',
      sql: `
SELECT
  session_id,
  spend_project AS found_project,
  toNullable(requests) AS requests,
  cost,
  toNullable(unpriced) AS unpriced,
  toNullable(broken) AS broken,
  toNullable(seen_by_otel) AS seen_by_otel,
  models,
  CAST(NULL, 'Nullable(Float64)') AS inherited,
  CAST([], 'Array(Tuple(String, Float64))') AS counted,
  CAST(NULL, 'Nullable(Float64)') AS state_cost,
  '' AS basis,
  0 AS has_ended
FROM ours
UNION ALL
SELECT session_id, '', NULL, NULL, NULL, NULL, NULL, [], inherited, [], NULL, '', 0
FROM inherited_requests
UNION ALL
SELECT session_id, '', NULL, NULL, NULL, NULL, NULL, [], NULL, counted, NULL, '', 0
FROM counters
UNION ALL
SELECT session_id, summary_project, NULL, NULL, NULL, NULL, NULL, [], NULL, [], state_cost, basis, has_ended
FROM summaries`,
    }),
    node({
      name: 'sessions',
      description:
        'One row per session; further calls are what the counters have for models of which no request is known (an advisor without a transcript)',
      sql: `
SELECT
  session_id,
  max(found_project) AS project,
  ifNull(max(requests), 0) AS request_count,
  if(request_count = 0, 0., max(cost)) AS total_cost_usd,
  ifNull(max(unpriced), 0) AS unpriced_requests,
  ifNull(max(broken), 0.) AS charged_more,
  groupUniqArrayArray(models) AS known_models,
  groupArrayArray(counted) AS counted_models,
  arraySum(one -> if(has(known_models, one.1), 0., one.2), counted_models) AS further_calls_usd,
  greatest(0., charged_more - further_calls_usd) AS broken_cost_usd,
  ifNull(max(seen_by_otel), 0) AS otel_requests,
  max(state_cost) AS state_total,
  if(empty(counted_models), NULL, arraySum(one -> one.2, counted_models)) AS counter_total,
  ifNull(state_total, counter_total) AS client_cost_usd,
  multiIf(state_total IS NOT NULL, 'cost-state', counter_total IS NOT NULL, 'counter', '') AS client_source,
  if(client_source = 'cost-state', ifNull(max(inherited), 0.), 0.) AS inherited_cost_usd,
  max(basis) AS prices,
  max(has_ended) AS is_over,
  session_id IN (SELECT session_id FROM unanswered) AS has_unanswered
FROM facts
WHERE session_id != ''
GROUP BY session_id`,
    }),
    node({
      name: 'compared',
      sql: `
SELECT
  *,
  client_cost_usd - ifNull(total_cost_usd, 0.) AS difference_usd,
  difference_usd - inherited_cost_usd AS own_difference,
  own_difference - further_calls_usd - broken_cost_usd AS rest,
  multiIf(
    client_cost_usd IS NULL, 'unreported',
    prices = 'unknown' OR unpriced_requests > 0, 'unknown_model',
    abs(difference_usd) < ${ROUNDING}, 'equal',
    abs(own_difference) < ${ROUNDING}, 'inherited',
    abs(rest) < ${ROUNDING} AND broken_cost_usd < ${ROUNDING}, 'further_calls',
    abs(rest) < ${ROUNDING}, 'broken',
    prices = 'managed', 'managed',
    rest < 0 AND is_over = 0, 'running',
    rest > 0 AND has_unanswered, 'unanswered',
    rest > 0 AND otel_requests = 0, 'unseen',
    'unexplained'
  ) AS verdict
FROM sessions`,
    }),
    node({
      name: 'audited',
      sql: `
SELECT
  session_id,
  project,
  request_count,
  total_cost_usd,
  unpriced_requests,
  client_cost_usd,
  client_source,
  inherited_cost_usd,
  broken_cost_usd,
  further_calls_usd,
  difference_usd,
  if(verdict IN ('equal', 'inherited', 'broken', 'further_calls'), 0., rest) AS unexplained_usd,
  verdict
FROM compared
WHERE 1 = 1 ${inProject}
ORDER BY abs(unexplained_usd) DESC NULLS LAST, session_id`,
    }),
  ],
  output: {
    session_id: t.string(),
    project: t.string(),
    request_count: t.uint64(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    client_cost_usd: t.float64().nullable(),
    client_source: oneOf('', 'cost-state', 'counter'),
    inherited_cost_usd: t.float64(),
    broken_cost_usd: t.float64(),
    further_calls_usd: t.float64(),
    difference_usd: t.float64().nullable(),
    unexplained_usd: t.float64().nullable(),
    verdict: oneOf(
      'equal',
      'inherited',
      'broken',
      'further_calls',
      'unanswered',
      'unseen',
      'unknown_model',
      'managed',
      'running',
      'unreported',
      'unexplained',
    ),
  },
});
