import { explained } from '../store/advice.js';
import type { StoreError, StoreErrorKind } from '../store/store-error.js';

/** What went wrong, for a program: the request, the store behind the API, or the API itself. */
export const errorKinds = ['bad_request', 'forbidden', 'not_found', 'store', 'internal'] as const;
type ErrorKind = (typeof errorKinds)[number];

type ErrorStatus = 400 | 403 | 404 | 500 | 502 | 503 | 504;

/** A request that is answered with an error. The message is one line that says what was wrong and what to do. */
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

/** The status for each way in which the store fails. */
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

/** The same failure as this API tells it: `atel up` serves both, so the store is the embedded one. */
export function storeFailure(error: StoreError): ApiError {
  // The question asks for more than one answer holds: it can be asked for less.
  if (error.status === 413) return badRequest(error.message);
  return new ApiError(statuses[error.kind], 'store', explained(error, 'embedded'), { cause: error });
}
