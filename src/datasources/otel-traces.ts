/** The table otel_traces: a span of any program that speaks OpenTelemetry. */
import { t } from '@tinybirdco/sdk';
import { defineTable } from './define.js';
import { attributes, identity, keepOne, nanoTime, origin, sent, sentList, type SentRow } from './otel.js';

/** A span of any program that speaks OpenTelemetry. */
export const otelTraces = defineTable('otel_traces', {
  description: 'A span of any program that speaks OpenTelemetry, Claude Code included.',
  schema: {
    Timestamp: sent('start_time', nanoTime(), 'When it began, UTC, nanoseconds.'),
    TraceId: sent('trace_id', t.string(), 'Trace it belongs to, hexadecimal.'),
    SpanId: sent('span_id', t.string(), 'Its own id, hexadecimal.'),
    ParentSpanId: sent('parent_span_id', t.string(), 'Span that it is part of; empty for a root.'),
    TraceState: sent('trace_state', t.string(), 'W3C trace state.'),
    SpanName: sent('span_name', t.string().lowCardinality(), 'What was done.'),
    SpanKind: sent(
      'span_kind',
      t.string().lowCardinality(),
      'Internal, Server, Client, Producer or Consumer.',
    ),
    ...origin,
    SpanAttributes: sent('span_attributes', attributes(), "The span's attributes, as text."),
    Duration: sent('duration', t.uint64().default(0), 'How long it took, nanoseconds.'),
    StatusCode: sent('status_code', t.string().lowCardinality(), 'Unset, Ok or Error.'),
    StatusMessage: sent('status_message', t.string(), 'What went wrong, where a program says so.'),
    EventsTimestamp: sentList('events_timestamp', nanoTime(), 'When its events happened, UTC.'),
    EventsName: sentList('events_name', t.string().lowCardinality(), 'Names of its events.'),
    EventsAttributes: sentList('events_attributes', attributes(), 'Attributes of its events.'),
    LinksTraceId: sentList('links_trace_id', t.string(), 'Traces of the spans it is linked to.'),
    LinksSpanId: sentList('links_span_id', t.string(), 'The spans it is linked to.'),
    LinksTraceState: sentList('links_trace_state', t.string(), 'Trace states of its links.'),
    LinksAttributes: sentList('links_attributes', attributes(), 'Attributes of its links.'),
    EventId: identity.column,
  },
  // A span has an identity of its own: its ids.
  engine: keepOne('Timestamp', ['ServiceName', 'SpanName', 'toDateTime(Timestamp)', 'TraceId', 'SpanId']),
});

/** A span as it is sent to Tinybird. */
export type OtelTraceRow = SentRow<typeof otelTraces>;
