/** OTLP over HTTP. */
import type { Encoding, Signal } from '../../signals/otel/export.js';
import { exportAnswer, statusAnswer } from '../answer.js';
import { NotAccepted } from '../group-commit.js';
import type { Receiver } from '../receiver.js';
import { readBody } from '../../base/loopback/body.js';
import { HttpError } from '../../base/loopback/http-error.js';

/** The media types of OTLP/HTTP. A response has the type of its request. */
const encodings = new Map<string, Encoding>([
  ['application/json', 'json'],
  ['application/x-protobuf', 'protobuf'],
]);
const mediaTypes: Record<Encoding, string> = {
  json: 'application/json',
  protobuf: 'application/x-protobuf',
};

/** Seconds after which a sender may try again. Exporters add their own backoff. */
const RETRY_AFTER_S = '1';

/** gRPC codes in the body of an error: INVALID_ARGUMENT, UNAVAILABLE. */
const INVALID = 3;
const UNAVAILABLE = 14;

/**
 * Answers `POST /v1/{logs,metrics,traces}`: 200 once the rows are on disk, 400 for a body that can never be read (not
 * sent again), 429 and 503 with Retry-After for a body that should be sent again.
 */
export async function takeExport(
  request: Request,
  signal: Signal,
  receiver: Receiver,
  maxBodyBytes: number,
): Promise<Response> {
  const type = mediaType(request);
  const encoding = encodings.get(type);
  if (encoding === undefined) {
    const taken = [...encodings.keys()].join(' or ');
    return failure('json', 415, INVALID, `Content-Type "${type}" is not supported: send ${taken}`);
  }
  try {
    const receipt = await receiver.take(signal, encoding, await readBody(request, maxBodyBytes));
    if ('problem' in receipt) return failure(encoding, 400, INVALID, receipt.problem.message);
    return answer(encoding, 200, exportAnswer(signal, encoding, receipt.refused));
  } catch (error) {
    if (error instanceof HttpError) return failure(encoding, error.status, INVALID, error.message);
    if (error instanceof NotAccepted) {
      return failure(encoding, error.reason === 'backlog' ? 429 : 503, UNAVAILABLE, error.message);
    }
    throw error;
  }
}

/** The media type in a request's Content-Type, without parameters. */
export function mediaType(request: Request): string {
  return (request.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function failure(encoding: Encoding, status: number, code: number, message: string): Response {
  const retry = code === UNAVAILABLE ? { 'retry-after': RETRY_AFTER_S } : {};
  return answer(encoding, status, statusAnswer(encoding, code, message), retry);
}

function answer(
  encoding: Encoding,
  status: number,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Response {
  return new Response(new Uint8Array(body), {
    status,
    headers: { 'content-type': mediaTypes[encoding], ...headers },
  });
}
