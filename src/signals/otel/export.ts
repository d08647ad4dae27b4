/** Turns a whole OTLP export request into rows. */
import { redacted, type RedactedRow } from '../privacy/redacted-row.js';
import type { SignalRow } from '../row.js';
import { eventRows, type FactContext } from './claude/event.js';
import { spanFacts } from './claude/span.js';
import type { Decoded } from './decoded.js';
import { decodeLogsJson } from './logs/json.js';
import { decodeLogsProtobuf } from './logs/protobuf.js';
import type { LogRecord } from './logs/record.js';
import { logRow } from './logs/rows.js';
import { decodeMetricsJson } from './metrics/json.js';
import { decodeMetricsProtobuf } from './metrics/protobuf.js';
import { pointRow } from './metrics/rows.js';
import { isClaudeCode } from './origin.js';
import { decodeTracesJson } from './traces/json.js';
import { decodeTracesProtobuf } from './traces/protobuf.js';
import { spanRow } from './traces/rows.js';
import type { Span } from './traces/span.js';

/** OpenTelemetry's three signals, by the names in the paths of OTLP/HTTP. */
export type Signal = 'logs' | 'metrics' | 'traces';

/** The two encodings of an OTLP body. */
export type Encoding = 'json' | 'protobuf';

/**
 * Turns the body of an OTLP export request into rows: one row per record in the generic tables, and the rows of Claude
 * Code's own records besides. Pure, except that it looks up the project of a folder. Never throws: an unreadable body
 * yields a named problem.
 */
export function readExport(
  signal: Signal,
  encoding: Encoding,
  body: Uint8Array,
  context: FactContext,
): Decoded<RedactedRow> {
  switch (signal) {
    case 'logs':
      return rowsOf(
        encoding === 'json' ? decodeLogsJson(body) : decodeLogsProtobuf(body),
        (record: LogRecord) =>
          isClaudeCode(record.origin) ? [logRow(record), ...eventRows(record, context)] : [logRow(record)],
      );
    case 'metrics':
      return rowsOf(encoding === 'json' ? decodeMetricsJson(body) : decodeMetricsProtobuf(body), (point) => [
        pointRow(point),
      ]);
    case 'traces':
      return rowsOf(
        encoding === 'json' ? decodeTracesJson(body) : decodeTracesProtobuf(body),
        (span: Span) =>
          isClaudeCode(span.origin) ? [spanRow(span), ...spanFacts(span, context)] : [spanRow(span)],
      );
  }
}

function rowsOf<T>(decoded: Decoded<T>, toRows: (record: T) => SignalRow[]): Decoded<RedactedRow> {
  if ('problem' in decoded) return decoded;
  return {
    ...decoded,
    records: decoded.records.flatMap((record) => toRows(record).map((row) => redacted(row))),
  };
}
