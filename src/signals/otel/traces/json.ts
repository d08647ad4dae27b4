/** Decodes OTLP/JSON traces. */
import type { Decoded } from '../decoded.js';
import { parseRequest } from '../json.js';
import { readTraces, traceLevels, type Span } from './span.js';

/** The spans of an OTLP/JSON request. */
export function decodeTracesJson(body: Uint8Array): Decoded<Span> {
  const parsed = parseRequest(body, traceLevels.resources);
  return 'problem' in parsed ? parsed : readTraces(parsed.request);
}
