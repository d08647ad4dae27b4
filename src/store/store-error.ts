/** Why a call to Tinybird failed: one kind per way to react. */
import type { EpochMs, Ms } from '../base/time/units.js';

export const storeErrorKinds = [
  'network', // no answer: refused, reset, DNS
  'timeout', // no answer within the deadline
  'unauthorized', // 401, 403
  'not_found', // 404: not deployed
  'rejected', // 400, 413, 422: the request itself is bad
  'rate_limited', // 429
  'unavailable', // 5xx and any other status that is not a success
  'bad_response', // 2xx without the expected JSON
] as const;
export type StoreErrorKind = (typeof storeErrorKinds)[number];

/**
 * A failed call to Tinybird. `retryAfterMs` is the delay that the server requested, if any.
 *
 * @example
 * ```ts
 * import { createTinybirdClient, StoreError } from 'atel';
 *
 * const client = createTinybirdClient({ baseUrl: 'http://localhost:7181', token: 'local' });
 * try {
 *   console.log(await client.costTotal.query({ days: 7 }));
 * } catch (error) {
 *   if (!(error instanceof StoreError)) throw error;
 *   console.error(error.kind === 'network' ? 'start the store: npx atel up' : error.message);
 * }
 * ```
 */
export class StoreError extends Error {
  constructor(
    readonly kind: StoreErrorKind,
    message: string,
    /** HTTP status; null if there was no answer. */
    readonly status: number | null,
    /** Pause from Retry-After, milliseconds; null without that header. */
    readonly retryAfterMs: Ms | null,
    options?: ErrorOptions,
  ) {
    super(withoutControls(message), options);
    this.name = 'StoreError';
  }
}

/** The kind of a failed HTTP status. */
export function kindOfStatus(status: number): StoreErrorKind {
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 400 || status === 413 || status === 422) return 'rejected';
  return 'unavailable';
}

/** Reads a Retry-After header (seconds or an HTTP date, RFC 9110 §10.2.3) as milliseconds from `now`. */
export function parseRetryAfter(header: string | null, now: EpochMs): Ms | null {
  if (header === null || header.trim() === '') return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

/**
 * A text from a server without control characters, which could act on a terminal. Each becomes a blank, because it is
 * often a separator; a name is shown with `plain` of base/format instead, which makes them visible.
 */
export function withoutControls(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are what is to be found
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, ' ');
}
