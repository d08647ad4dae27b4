/**
 * The table otel_metrics_sum: a data point of a sum: Claude Code's own metrics are all of this kind, as deltas
 * unless its user chose cumulative values.
 */
import { t } from '@tinybirdco/sdk';
import { defineTable } from './define.js';
import { keepPoint, point, temporality } from './otel-metrics.js';
import { sent, type SentRow } from './otel.js';

/** A data point of a sum: Claude Code's own metrics are all of this kind, as deltas unless its user chose cumulative values. */
export const otelMetricsSum = defineTable('otel_metrics_sum', {
  description: "A data point of a counter (sum). Claude Code's own metrics are of this kind, as deltas.",
  schema: {
    ...point,
    Value: sent('value', t.float64(), 'How much was added.'),
    AggregationTemporality: temporality,
    IsMonotonic: sent('is_monotonic', t.bool(), 'Whether the sum only grows.'),
  },
  engine: keepPoint(['Value']),
});

/** A data point as it is sent to Tinybird. */
export type OtelMetricSumRow = SentRow<typeof otelMetricsSum>;
