/** Turns log records of any program into rows. */
import type { SignalRow } from '../../row.js';
import { identify } from '../../identity.js';
import { nanoTime } from '../field.js';
import { originColumns } from '../origin-columns.js';
import { keepAttributes, keepBody, keepWord } from '../../privacy/otel.js';
import type { LogRecord } from './record.js';

/** The record's row in the generic table. Its identity is its content: OTLP gives log records no id. */
export function logRow(record: LogRecord): SignalRow {
  const row = {
    ...originColumns(record.origin),
    timestamp: nanoTime(record.nanos),
    trace_id: record.traceId,
    span_id: record.spanId,
    // The upper bits are reserved by OpenTelemetry and have no column.
    flags: record.flags & 0xff,
    severity_text: keepWord(record.severityText),
    severity_number: record.severityNumber,
    body: keepBody(record.body, record.origin),
    log_attributes: keepAttributes(record.attributes, record.origin),
  };
  return { table: 'otel_logs', row: { ...row, event_id: identify('otel_log', JSON.stringify(row)) } };
}
