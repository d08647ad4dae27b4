/** Turns data points of any program into rows. */
import type { SignalRow } from '../../row.js';
import { identify } from '../../identity.js';
import { nanoTime } from '../field.js';
import { originColumns } from '../origin-columns.js';
import { keepAttributes, keepDescription, keepLabel, keepWord } from '../../privacy/otel.js';
import type { DataPoint } from './point.js';

/** The data point's row in the table of its kind. Its identity is its content. */
export function pointRow(point: DataPoint): SignalRow {
  switch (point.kind) {
    case 'sum': {
      const row = {
        ...pointColumns(point),
        value: point.value,
        aggregation_temporality: point.temporality,
        is_monotonic: point.isMonotonic,
      };
      return { table: 'otel_metrics_sum', row: { ...row, event_id: contentId(row) } };
    }
    case 'gauge': {
      const row = { ...pointColumns(point), value: point.value };
      return { table: 'otel_metrics_gauge', row: { ...row, event_id: contentId(row) } };
    }
    case 'histogram': {
      const row = {
        ...pointColumns(point),
        count: point.count,
        sum: point.sum,
        bucket_counts: point.bucketCounts,
        explicit_bounds: point.explicitBounds,
        min: point.min,
        max: point.max,
        aggregation_temporality: point.temporality,
      };
      return { table: 'otel_metrics_histogram', row: { ...row, event_id: contentId(row) } };
    }
  }
}

function pointColumns(point: DataPoint) {
  const { origin, metric, exemplars } = point;
  return {
    ...originColumns(origin),
    metric_name: keepLabel(metric.name),
    metric_description: keepDescription(metric.description, origin),
    metric_unit: keepWord(metric.unit),
    metric_attributes: keepAttributes(point.attributes, origin),
    start_timestamp: nanoTime(point.startNanos),
    timestamp: nanoTime(point.nanos),
    flags: point.flags,
    exemplars_trace_id: exemplars.map(({ traceId }) => traceId),
    exemplars_span_id: exemplars.map(({ spanId }) => spanId),
    exemplars_timestamp: exemplars.map(({ nanos }) => nanoTime(nanos)),
    exemplars_value: exemplars.map(({ value }) => value),
    exemplars_filtered_attributes: exemplars.map(({ attributes }) => keepAttributes(attributes, origin)),
  };
}

function contentId(row: object): string {
  return identify('otel_point', JSON.stringify(row));
}
