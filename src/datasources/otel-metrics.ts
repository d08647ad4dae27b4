/** The columns that all tables of OpenTelemetry metrics share. */
import { t } from '@tinybirdco/sdk';
import { attributes, identity, keepOne, nanoTime, origin, sent, sentList } from './otel.js';

/** Columns that the data points of every kind of metric have. */
export const point = {
  ...origin,
  MetricName: sent('metric_name', t.string().lowCardinality(), 'Name of the metric.'),
  MetricDescription: sent('metric_description', t.string(), 'What the metric measures.'),
  MetricUnit: sent('metric_unit', t.string(), 'Unit of its values (UCUM, or a word in braces).'),
  Attributes: sent('metric_attributes', attributes(), "The data point's attributes, as text."),
  StartTimeUnix: sent('start_timestamp', nanoTime(), 'When the measured span of time began, UTC.'),
  TimeUnix: sent('timestamp', nanoTime(), 'When the value was taken, UTC.'),
  Flags: sent('flags', t.uint8(), '1 if nothing was recorded: the value means nothing.'),
  ExemplarsTraceId: sentList('exemplars_trace_id', t.string(), 'Traces of single measurements.'),
  ExemplarsSpanId: sentList('exemplars_span_id', t.string(), 'Their spans.'),
  ExemplarsTimestamp: sentList('exemplars_timestamp', nanoTime(), 'Their times, UTC.'),
  ExemplarsValue: sentList('exemplars_value', t.float64(), 'Their values.'),
  ExemplarsFilteredAttributes: sentList('exemplars_filtered_attributes', attributes(), 'Their attributes.'),
  EventId: identity.column,
};

/** The engine of a metric's table. */
export const keepPoint = (values: readonly string[]) =>
  keepOne('TimeUnix', [
    'ServiceName',
    'MetricName',
    'Attributes',
    'toUnixTimestamp64Nano(TimeUnix)',
    identity.ofContent(['StartTimeUnix', 'ResourceAttributes', 'ScopeName', ...values]),
  ]);

/** How the data points of a metric follow on each other. */
export const temporality = sent(
  'aggregation_temporality',
  t.int32(),
  '1: each value counts from the last one (delta); 2: from the start (cumulative); 0: unknown.',
);
