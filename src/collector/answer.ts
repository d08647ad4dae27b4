/** Encodes OTLP's responses: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response and #otlphttp-response. */
import type { Refused } from '../signals/otel/decoded.js';
import type { Encoding, Signal } from '../signals/otel/export.js';
import { writeMessage } from '../signals/otel/protobuf.js';

/** The field of each signal's response with the number of refused records. */
const rejected: Record<Signal, string> = {
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
  traces: 'rejectedSpans',
};

/** An `Export…ServiceResponse`: all records were accepted, except for the refused ones. */
export function exportAnswer(signal: Signal, encoding: Encoding, refused: Refused): Uint8Array {
  const errorMessage = [...refused.reasons].join('; ');
  if (encoding === 'protobuf') {
    const partialSuccess = { rejected: refused.count, errorMessage };
    return writeMessage('ExportServiceResponse', refused.count === 0 ? {} : { partialSuccess });
  }
  const partialSuccess = { [rejected[signal]]: String(refused.count), errorMessage };
  return Buffer.from(JSON.stringify(refused.count === 0 ? {} : { partialSuccess }));
}

/** A `google.rpc.Status`: why nothing was accepted. */
export function statusAnswer(encoding: Encoding, code: number, message: string): Uint8Array {
  return encoding === 'protobuf'
    ? writeMessage('Status', { code, message })
    : Buffer.from(JSON.stringify({ code, message }));
}
