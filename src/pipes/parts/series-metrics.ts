/** The metrics that usage_series can answer. */

/** SQL of each metric over a group of `billed_requests`; null where it is unknown or there is nothing to divide by. */
export const seriesMetrics = {
  cost_usd: 'sumOrNull(cost_usd)',
  requests: 'count()',
  unpriced_requests: 'countIf(cost_usd IS NULL)',
  sessions: `uniqExactIf(session_id, session_id != '')`,
  total_tokens: 'sum(total_tokens)',
  input_tokens: 'sum(input_tokens)',
  output_tokens: 'sum(output_tokens)',
  cache_read_tokens: 'sum(cache_read_tokens)',
  cache_creation_tokens: 'sum(cache_creation_tokens)',
  cache_hit_rate:
    'sum(cache_read_tokens) / nullIf(sum(input_tokens + cache_read_tokens + cache_creation_tokens), 0)',
} as const;

export type SeriesMetric = keyof typeof seriesMetrics;
export const seriesMetricNames = Object.keys(seriesMetrics) as [SeriesMetric, ...SeriesMetric[]];
