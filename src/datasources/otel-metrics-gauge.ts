/** The table otel_metrics_gauge: a data point of a gauge. */
import { t } from '@tinybirdco/sdk';
import { defineTable } from './define.js';
import { keepPoint, point } from './otel-metrics.js';
import { sent, type SentRow } from './otel.js';

/** A data point of a gauge. */
export const otelMetricsGauge = defineTable('otel_metrics_gauge', {
  description: 'A data point of a gauge: a value at a moment.',
  schema: {
    ...point,
    Value: sent('value', t.float64(), 'The value at that moment.'),
  },
  engine: keepPoint(['Value']),
});

/** A data point as it is sent to Tinybird. */
export type OtelMetricGaugeRow = SentRow<typeof otelMetricsGauge>;
