/** Decodes OTLP/protobuf logs. */
import type { Decoded } from '../decoded.js';
import { parseMessage } from '../protobuf.js';
import { readLogs, type LogRecord } from './record.js';

/** The records of an OTLP/protobuf request. */
export function decodeLogsProtobuf(body: Uint8Array): Decoded<LogRecord> {
  const parsed = parseMessage(body, 'ExportLogsServiceRequest');
  return 'problem' in parsed ? parsed : readLogs(parsed.request);
}
