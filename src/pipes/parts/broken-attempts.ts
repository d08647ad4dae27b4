import { node, type NodeDefinition } from '@tinybirdco/sdk';

/** Difference of two costs of one request that is only rounding, USD. */
const ROUNDING = 1e-6;

/**
 * The requests of `billed_requests`, which the question must define, with `broken_attempts_usd`: what the client
 * reported above the list price for attempts whose stream broke, USD; null if it reported none. `response_cost_usd` is
 * the computed cost of the whole response: the client reports one cost for a response and for the calls of an advisor
 * that it contains, which are requests of their own here.
 *
 * The client adds the cost of a broken attempt to that of the attempt that answers. A reported cost may be higher for
 * another reason, too (a contracted price, a guess for an unknown model), and then it is for every request. So the
 * difference counts only from 1 % on, and if the client agrees with the list price in another request of the same session
 * and model.
 */
export const requestsWithBrokenAttempts = (): NodeDefinition =>
  node({
    name: 'requests_with_broken_attempts',
    description: 'Each request with what the client reported for broken attempts before it, USD',
    sql: `
SELECT
  *,
  if(
    reported_cost_usd > 1.01 * response_cost_usd
      AND countIf(abs(reported_cost_usd - response_cost_usd) <= ${ROUNDING}) OVER (PARTITION BY session_id, model) > 0,
    reported_cost_usd - response_cost_usd,
    NULL
  ) AS broken_attempts_usd
FROM (
  SELECT
    *,
    sum(cost_usd) OVER (PARTITION BY if(request_id = '', request_key, request_id)) AS response_cost_usd
  FROM billed_requests
)`,
  });
