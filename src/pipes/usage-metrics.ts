/** The question usage_metrics: what do Claude Code's own counters report? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { claudeMetrics } from './parts/otel-metrics.js';

/** What do Claude Code's own counters report? */
export const usageMetrics = defineQuestion('usage_metrics', {
  description:
    "What do Claude Code's own OpenTelemetry counters say, by day (UTC), session and model? Lines, commits and time carry no model. The cost is the one that the client reported: cost_usd is the former name of reported_cost_usd.",
  params: windowParams,
  nodes: [
    claudeMetrics(),
    node({
      name: 'by_day_session_and_model',
      sql: `
SELECT
  toString(toDate(timestamp)) AS day,
  session_id,
  model,
  sumIf(value, metric = 'claude_code.token.usage' AND kind = 'input') AS input_tokens,
  sumIf(value, metric = 'claude_code.token.usage' AND kind = 'output') AS output_tokens,
  sumIf(value, metric = 'claude_code.token.usage' AND kind = 'cacheRead') AS cache_read_tokens,
  sumIf(value, metric = 'claude_code.token.usage' AND kind = 'cacheCreation') AS cache_creation_tokens,
  sumIf(value, metric = 'claude_code.cost.usage') AS cost_usd,
  sumIf(value, metric = 'claude_code.cost.usage') AS reported_cost_usd,
  sumIf(value, metric = 'claude_code.lines_of_code.count' AND kind = 'added') AS lines_added,
  sumIf(value, metric = 'claude_code.lines_of_code.count' AND kind = 'removed') AS lines_removed,
  sumIf(value, metric = 'claude_code.commit.count') AS commits,
  sumIf(value, metric = 'claude_code.pull_request.count') AS pull_requests,
  sumIf(value, metric = 'claude_code.active_time.total') AS active_seconds
FROM claude_metrics
GROUP BY day, session_id, model
ORDER BY day DESC, session_id, model`,
    }),
  ],
  output: {
    day: t.string(),
    session_id: t.string(),
    model: t.string(),
    input_tokens: t.float64(),
    output_tokens: t.float64(),
    cache_read_tokens: t.float64(),
    cache_creation_tokens: t.float64(),
    cost_usd: t.float64(),
    reported_cost_usd: t.float64(),
    lines_added: t.float64(),
    lines_removed: t.float64(),
    commits: t.float64(),
    pull_requests: t.float64(),
    active_seconds: t.float64(),
  },
});
