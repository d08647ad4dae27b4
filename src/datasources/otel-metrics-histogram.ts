/** The table otel_metrics_histogram: a data point of a histogram with explicit bounds. */
import { t } from '@tinybirdco/sdk';
import { defineTable } from './define.js';
import { keepPoint, point, temporality } from './otel-metrics.js';
import { sent, sentList, type SentRow } from './otel.js';

/** A data point of a histogram with explicit bounds. */
export const otelMetricsHistogram = defineTable('otel_metrics_histogram', {
  description: 'A data point of a histogram with explicit bounds.',
  schema: {
    ...point,
    Count: sent('count', t.uint64(), 'How many measurements.'),
    Sum: sent('sum', t.float64(), 'Their sum.'),
    BucketCounts: sentList('bucket_counts', t.uint64(), 'How many fell into each bucket.'),
    ExplicitBounds: sentList('explicit_bounds', t.float64(), 'Upper bounds of the buckets but the last.'),
    Min: sent('min', t.float64().nullable(), 'Smallest measurement; null where unknown.'),
    Max: sent('max', t.float64().nullable(), 'Largest measurement; null where unknown.'),
    AggregationTemporality: temporality,
  },
  engine: keepPoint(['Count', 'Sum', 'BucketCounts']),
});

/** A data point as it is sent to Tinybird. */
export type OtelMetricHistogramRow = SentRow<typeof otelMetricsHistogram>;
