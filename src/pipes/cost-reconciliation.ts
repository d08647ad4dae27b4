/** The question cost_reconciliation: do the client's cost counter and our requests agree? */
import { node, t } from '@tinybirdco/sdk';
import { requestsWithBrokenAttempts } from './parts/broken-attempts.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { claudeMetrics } from './parts/otel-metrics.js';

/**
 * Do the client's cost counter and our requests agree?
 *
 * A counter without a session (OTEL_METRICS_INCLUDE_SESSION_ID=false) cannot be compared, nor can a request without
 * a list price: neither agrees nor differs. What the client charged for attempts whose stream broke is in no request: it
 * is a part of its own and no difference.
 */
export const costReconciliation = defineQuestion('cost_reconciliation', {
  description:
    "Do Claude Code's cost counter (claude_code.cost.usage) and the requests agree, by session and model? Only sessions whose metrics were received. Counters without a session and models without a list price cannot be compared: their difference is null. metric_cost_usd = requests_cost_usd + broken_attempts_usd + difference_usd.",
  params: windowParams,
  nodes: [
    billedRequests(),
    requestsWithBrokenAttempts(),
    claudeMetrics(),
    node({
      name: 'counted',
      sql: `
SELECT
  session_id,
  model,
  sum(value) AS metric_cost
FROM claude_metrics
WHERE metric = 'claude_code.cost.usage'
GROUP BY session_id, model`,
    }),
    node({
      name: 'requested',
      sql: `
SELECT
  session_id,
  model,
  sumOrNull(cost_usd) AS request_cost,
  countIf(cost_usd IS NULL) AS unpriced,
  sum(ifNull(broken_attempts_usd, 0)) AS broken
FROM requests_with_broken_attempts
GROUP BY session_id, model`,
    }),
    node({
      name: 'compared',
      sql: `
SELECT
  session_id,
  model,
  metric_cost AS metric_cost_usd,
  request_cost AS requests_cost_usd,
  broken AS broken_attempts_usd,
  if(session_id = '' OR unpriced > 0, NULL, metric_cost - ifNull(request_cost, 0) - broken) AS difference_usd,
  ifNull(abs(difference_usd) > 0.01 * greatest(metric_cost, ifNull(request_cost, 0)), 0) AS differs
FROM counted
LEFT JOIN requested USING (session_id, model)
ORDER BY abs(difference_usd) DESC NULLS LAST, session_id, model`,
    }),
  ],
  output: {
    session_id: t.string(),
    model: t.string(),
    metric_cost_usd: t.float64(),
    requests_cost_usd: t.float64().nullable(),
    broken_attempts_usd: t.float64(),
    difference_usd: t.float64().nullable(),
    differs: t.uint8(),
  },
});
