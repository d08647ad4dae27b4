/** The answers of OTLP: https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response and #otlphttp-response. */
import type { Refused } from '../signals/otel/decoded.js';
import type { Encoding, Signal } from '../signals/otel/export.js';
import { writeMessage } from '../signals/otel/protobuf.js';

/** What each signal's answer calls the number of records that were refused. */
const rejected: Record<Signal, string> = {
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
  traces: 'rejectedSpans',
};

/** An `Export…ServiceResponse`: everything was taken, but for what it names. */
export function exportAnswer(signal: Signal, encoding: Encoding, refused: Refused): Uint8Array {
  const errorMessage = [...refused.reasons].join('; ');
  if (encoding === 'protobuf') {
    const partialSuccess = { rejected: refused.count, errorMessage };
    return writeMessage('ExportServiceResponse', refused.count === 0 ? {} : { partialSuccess });
  }
  const partialSuccess = { [rejected[signal]]: String(refused.count), errorMessage };
  return Buffer.from(JSON.stringify(refused.count === 0 ? {} : { partialSuccess }));
}

/** A `google.rpc.Status`: why nothing was taken. */
export function statusAnswer(encoding: Encoding, code: number, message: string): Uint8Array {
  return encoding === 'protobuf'
    ? writeMessage('Status', { code, message })
    : Buffer.from(JSON.stringify({ code, message }));
}
