import { node, type NodeDefinition } from '@tinybirdco/sdk';

/** A smaller difference of two costs is only rounding, USD: they are sums of floating point numbers. */
export const ROUNDING = 1e-6;

/** One window for all calls of a response: see {@link requestsWithBrokenAttempts}. */
const ofResponse = `OVER (PARTITION BY if(request_id = '', request_key, request_id))`;

/**
 * The requests of `billed_requests`, which the question must define, with `response_cost_usd` and `broken_attempts_usd`.
 *
 * `response_cost_usd`: the price of the whole response, to which the client gives one cost, with the further calls that the
 * API made for it (an advisor, a compaction), USD; null if one of them has no price.
 *
 * `broken_attempts_usd`: what the client reported above that for attempts whose stream broke, USD; null if it reported
 * none.
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
    if(countIf(cost_usd IS NULL) ${ofResponse} > 0, NULL, sum(cost_usd) ${ofResponse}) AS response_cost_usd
  FROM billed_requests
)`,
  });
