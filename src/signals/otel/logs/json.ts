/** Decodes OTLP/JSON logs. */
import type { Decoded } from '../decoded.js';
import { parseRequest } from '../json.js';
import { readLogs, logLevels, type LogRecord } from './record.js';

/** The records of an OTLP/JSON request. */
export function decodeLogsJson(body: Uint8Array): Decoded<LogRecord> {
  const parsed = parseRequest(body, logLevels.resources);
  return 'problem' in parsed ? parsed : readLogs(parsed.request);
}
