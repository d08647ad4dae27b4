/** Reads the records of OTLP logs. */
import { asObject, type Json } from '../../../base/json/json.js';
import { gather, type Reading, type Records } from '../decoded.js';
import { isStorable, readId, readNanos, readText, readUnsigned } from '../field.js';
import { recordsIn, type Levels, type Origin } from '../origin.js';
import { readAttributes, readValue, type Attributes, type Value } from '../value.js';
import { readLooseTime } from '../../../base/time/loose-time.js';
import type { EpochNanos } from '../../../base/time/units.js';

/** A log record, from either encoding. Ids are hexadecimal, empty if missing. */
export interface LogRecord {
  origin: Origin;
  /** Time of the event, else of its observation, else the one among its attributes. */
  nanos: EpochNanos;
  traceId: string;
  spanId: string;
  flags: number;
  severityText: string;
  severityNumber: number;
  eventName: string;
  body: Value;
  attributes: Attributes;
}

export const logLevels: Levels = { resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords' };

/** The records of an `ExportLogsServiceRequest`. */
export function readLogs(request: Json): Records<LogRecord> {
  return gather(readAll(request));
}

function* readAll(request: Json): Generator<Reading<LogRecord>> {
  for (const { origin, record } of recordsIn(request, logLevels)) {
    const attributes = readAttributes(record.attributes);
    const nanos =
      readNanos(record.timeUnixNano) || readNanos(record.observedTimeUnixNano) || namedTime(attributes);
    // Without a time, no question about a period would have it.
    if (nanos === 0n) yield { refused: 'no time' };
    else if (!isStorable(nanos)) yield { refused: 'time after 2106' };
    else yield { record: readRecord(origin, record, nanos, attributes) };
  }
}

/** The time that Claude Code writes into its events, too; 0 if there is none. */
function namedTime(attributes: Attributes): EpochNanos {
  const ms = readLooseTime(attributes.get('event.timestamp')) ?? 0;
  return ms > 0 ? BigInt(ms) * 1_000_000n : 0n;
}

function readRecord(origin: Origin, record: Json, nanos: EpochNanos, attributes: Attributes): LogRecord {
  return {
    origin,
    nanos,
    traceId: readId(record.traceId, 16),
    spanId: readId(record.spanId, 8),
    flags: readUnsigned(record.flags, 32),
    severityText: readText(record.severityText),
    severityNumber: readUnsigned(record.severityNumber, 8),
    eventName: readText(record.eventName),
    body: readValue(asObject(record.body)),
    attributes,
  };
}
