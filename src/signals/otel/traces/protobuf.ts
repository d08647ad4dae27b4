/** Decodes OTLP/protobuf traces. */
import type { Decoded } from '../decoded.js';
import { parseMessage } from '../protobuf.js';
import { readTraces, type Span } from './span.js';

/** The spans of an OTLP/protobuf request. */
export function decodeTracesProtobuf(body: Uint8Array): Decoded<Span> {
  const parsed = parseMessage(body, 'ExportTraceServiceRequest');
  return 'problem' in parsed ? parsed : readTraces(parsed.request);
}
