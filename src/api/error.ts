/** Errors of the API, and how failures of the store are reported. */
import { StoreError, type StoreErrorKind } from '../store/store-error.js';

/** The kinds of errors: a bad request, a failing store, or a fault of the API itself. */
export const errorKinds = ['bad_request', 'forbidden', 'not_found', 'store', 'internal'] as const;
type ErrorKind = (typeof errorKinds)[number];

type ErrorStatus = 400 | 403 | 404 | 500 | 502 | 503 | 504;

/** A request that gets an error as its answer. The message is one line that says what was wrong and what to do. */
export class ApiError extends Error {
  override name = 'ApiError';

  constructor(
    readonly status: ErrorStatus,
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const badRequest = (message: string) => new ApiError(400, 'bad_request', message);

/** Status and advice for each kind of store failure. */
const answers: Record<StoreErrorKind, [status: ErrorStatus, advice?: string]> = {
  network: [503, 'atel up serves the store'],
  timeout: [504, 'a shorter window asks for less'],
  unauthorized: [502, 'AGENT_TELEMETRY_READ_TOKEN must be a token that may read'],
  not_found: [502, 'the running store is of another version: stop it, then atel up'],
  rejected: [502],
  rate_limited: [503],
  unavailable: [503],
  bad_response: [502],
};

/** A store failure as an error of this API. */
export function storeFailure(error: StoreError): ApiError {
  // The answer would be too large, so the caller can ask for less.
  if (error.status === 413) return badRequest(error.message);
  const [status, advice] = answers[error.kind];
  const what = error.message.replace(/\s+/g, ' ').replace(/[.:]$/, '');
  return new ApiError(status, 'store', advice === undefined ? what : `${what} (${advice})`, { cause: error });
}
