/** The question coverage: how complete are the figures? */
import { node, t } from '@tinybirdco/sdk';
import { isSeenBy } from '../datasources/layers.js';
import { requestsWithBrokenAttempts } from './parts/broken-attempts.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';

/** The order of the rows. */
export const coverageOrder = pageOrder(['day', 'latest_day'], ['session_id', 'text']);

/**
 * How complete are the figures? Which layer saw which requests, and do the client's own cost and ours agree?
 *
 * A request that only one layer saw is still counted. But if a layer is switched on and saw nothing, that layer is
 * broken.
 */
export const coverage = defineQuestion('coverage', {
  description:
    'How complete are the figures? Per session and day (UTC): requests by the layers that saw them, and how many differ by more than 1 % between the reported and the computed cost. A cost that the client reported for broken attempts before a request is counted apart.',
  params: { ...windowParams, ...coverageOrder.params },
  nodes: [
    billedRequests(),
    requestsWithBrokenAttempts(),
    node({
      name: 'by_session_and_day',
      sql: `
SELECT
  session_id,
  toString(toDate(timestamp, 'UTC')) AS day,
  count() AS request_count,
  countIf(${isSeenBy('transcript')}) AS seen_by_transcript,
  countIf(${isSeenBy('otel')}) AS seen_by_otel,
  countIf(${isSeenBy('transcript')} AND ${isSeenBy('otel')}) AS seen_by_both,
  countIf(NOT ${isSeenBy('otel')}) AS only_transcript,
  countIf(NOT ${isSeenBy('transcript')}) AS only_otel,
  countIf(
    cost_usd IS NOT NULL
    AND reported_cost_usd IS NOT NULL
    AND abs(response_cost_usd - reported_cost_usd) > 0.01 * greatest(response_cost_usd, reported_cost_usd)
    AND broken_attempts_usd IS NULL
  ) AS cost_mismatches,
  count(broken_attempts_usd) AS broken_attempts,
  sumOrNull(broken_attempts_usd) AS broken_attempts_usd_total,
  sumOrNull(cost_usd) AS computed_cost_usd_total,
  sumOrNull(reported_cost_usd) AS reported_cost_usd_total,
  sumOrNull(cost_usd) AS total_cost_usd
FROM requests_with_broken_attempts
GROUP BY session_id, day`,
    }),
    coverageOrder.page('by_session_and_day'),
  ],
  output: {
    session_id: t.string(),
    day: t.string(),
    request_count: t.uint64(),
    seen_by_transcript: t.uint64(),
    seen_by_otel: t.uint64(),
    seen_by_both: t.uint64(),
    only_transcript: t.uint64(),
    only_otel: t.uint64(),
    cost_mismatches: t.uint64(),
    broken_attempts: t.uint64(),
    broken_attempts_usd_total: t.float64().nullable(),
    computed_cost_usd_total: t.float64().nullable(),
    reported_cost_usd_total: t.float64().nullable(),
    total_cost_usd: t.float64().nullable(),
  },
});
