/** The table otel_logs: a log record of any program that speaks OpenTelemetry. */
import { t } from '@tinybirdco/sdk';
import { defineTable } from './define.js';
import { attributes, identity, keepOne, nanoTime, origin, sent, type SentRow } from './otel.js';

/** A log record of any program that speaks OpenTelemetry. */
export const otelLogs = defineTable('otel_logs', {
  description: 'A log record of any program that speaks OpenTelemetry, Claude Code included.',
  schema: {
    Timestamp: sent(
      'timestamp',
      nanoTime(),
      'When it happened, else when it was first seen, UTC, nanoseconds.',
    ),
    TimestampTime: sent('timestamp', t.dateTime(), 'The same time in whole seconds.'),
    TraceId: sent('trace_id', t.string(), 'Trace it belongs to, hexadecimal; empty outside any.'),
    SpanId: sent('span_id', t.string(), 'Span it belongs to, hexadecimal; empty outside any.'),
    TraceFlags: sent('flags', t.uint8(), 'W3C trace flags.'),
    SeverityText: sent('severity_text', t.string().lowCardinality(), 'Severity as the program names it.'),
    SeverityNumber: sent(
      'severity_number',
      t.uint8(),
      'Severity from 1 (trace) to 24 (fatal); 0 if unknown.',
    ),
    ...origin,
    Body: sent('body', t.string(), 'What was logged; JSON where it is no text.'),
    LogAttributes: sent('log_attributes', attributes(), "The record's attributes, as text."),
    EventId: identity.column,
  },
  engine: keepOne('TimestampTime', [
    'ServiceName',
    'TimestampTime',
    'Timestamp',
    identity.ofContent([
      'TraceId',
      'SpanId',
      'SeverityNumber',
      'Body',
      'LogAttributes',
      'ResourceAttributes',
      'ScopeName',
    ]),
  ]),
});

/** A log record as it is sent to Tinybird. */
export type OtelLogRow = SentRow<typeof otelLogs>;
