import type { StoreError } from '../store/store-error.js';

/**
 * What a failed send calls for.
 *
 * - `retry`: an outage or a limit; the rows are fine and wait as long as it takes.
 * - `halve`: Tinybird says the batch is bad; halves are tried until the bad row stands alone.
 * - `hold`: the account or the deployment is wrong; it is not asked again for a while.
 */
export type Reaction = 'retry' | 'halve' | 'hold';

export function reactTo(error: StoreError): Reaction {
  switch (error.kind) {
    case 'rejected':
      return 'halve';
    case 'unauthorized':
    case 'not_found':
      return 'hold';
    case 'network':
    case 'timeout':
    case 'rate_limited':
    case 'unavailable':
    case 'bad_response':
      return 'retry';
  }
}

/**
 * Whether a failed send says something about the store as a whole. All else may be about one table (it is not deployed,
 * the token has no right to it, a view behind it fails), so the rows of others are tried.
 */
export function isAboutStore(error: StoreError): boolean {
  return error.kind === 'network' || error.kind === 'rate_limited';
}

const FIRST_MS = 500;
const LONGEST_MS = 5 * 60_000;

/**
 * How long to wait before the next attempt, milliseconds: exponential to 5 minutes, its upper half random,
 * and never less than the server asked for.
 *
 * @param attempt failures in a row, from 1
 * @param random a number from 0 to 1
 */
export function backoff(attempt: number, retryAfterMs: number | null, random: number): number {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.max(retryAfterMs ?? 0, Math.round(ceiling / 2 + (ceiling / 2) * random));
}
