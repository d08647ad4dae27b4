/** Errors of the API, and how failures of the store are reported. */
import { explained } from '../store/advice.js';
import type { StoreError, StoreErrorKind } from '../store/store-error.js';

/** The kinds of errors: a bad request, a failing store, or a fault of the API itself. */
export const errorKinds = [
  'bad_request',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'store',
  'internal',
] as const;
type ErrorKind = (typeof errorKinds)[number];

type ErrorStatus = 400 | 403 | 404 | 405 | 409 | 500 | 502 | 503 | 504;

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

/** The answer to a request with a method that a path does not take. */
export class MethodError extends ApiError {
  constructor(
    method: string,
    path: string,
    readonly allowed: readonly string[] = ['GET', 'HEAD'],
  ) {
    const last = allowed.at(-1) ?? '';
    const names = allowed.length < 2 ? last : `${allowed.slice(0, -1).join(', ')} and ${last}`;
    super(405, 'method_not_allowed', `${path} takes only ${names}, not ${method}`);
  }
}

export const badRequest = (message: string) => new ApiError(400, 'bad_request', message);

/** HTTP status for each kind of store failure. */
const statuses: Record<StoreErrorKind, ErrorStatus> = {
  network: 503,
  timeout: 504,
  unauthorized: 502,
  not_found: 502,
  rejected: 502,
  rate_limited: 503,
  unavailable: 503,
  bad_response: 502,
};

/** A store failure as an error of this API. */
export function storeFailure(error: StoreError): ApiError {
  // The answer would be too large, so the caller can ask for less.
  if (error.status === 413) return badRequest(error.message);
  return new ApiError(statuses[error.kind], 'store', explained(error, 'embedded'), { cause: error });
}
