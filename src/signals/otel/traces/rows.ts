/** Turns spans of any program into rows. */
import type { SignalRow } from '../../row.js';
import { nanoTime } from '../field.js';
import { originColumns } from '../origin-columns.js';
import { keepAttributes, keepLabel, keepStatusMessage } from '../../privacy/otel.js';
import type { Span } from './span.js';

/** The span's row in the generic table. Its identity is its trace and span id. */
export function spanRow(span: Span): SignalRow {
  const { origin, events, links } = span;
  return {
    table: 'otel_traces',
    row: {
      ...originColumns(origin),
      event_id: `${span.traceId}${span.spanId}`,
      start_time: nanoTime(span.startNanos),
      trace_id: span.traceId,
      span_id: span.spanId,
      parent_span_id: span.parentSpanId,
      // A free text of the vendor, not kept.
      trace_state: '',
      span_name: keepLabel(span.name),
      span_kind: span.kind,
      span_attributes: keepAttributes(span.attributes, origin),
      duration: span.endNanos > span.startNanos ? Number(span.endNanos - span.startNanos) : 0,
      status_code: span.statusCode,
      status_message: keepStatusMessage(span.statusMessage, origin),
      events_timestamp: events.map(({ nanos }) => nanoTime(nanos)),
      events_name: events.map(({ name }) => keepLabel(name)),
      events_attributes: events.map(({ attributes }) => keepAttributes(attributes, origin)),
      links_trace_id: links.map(({ traceId }) => traceId),
      links_span_id: links.map(({ spanId }) => spanId),
      links_trace_state: links.map(() => ''),
      links_attributes: links.map(({ attributes }) => keepAttributes(attributes, origin)),
    },
  };
}
