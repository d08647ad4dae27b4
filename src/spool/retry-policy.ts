/** Decides after a failed send whether and when to try again. */
import type { StoreError } from '../store/store-error.js';
import type { Ms } from '../base/time/units.js';

/**
 * What to do after a failed send.
 *
 * - `retry`: an outage or a limit; the rows are fine and wait as long as needed.
 * - `halve`: Tinybird says the batch is bad; halves are tried until each bad row is alone.
 * - `hold`: the account or the deployment is wrong; nothing is tried for a while.
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
 * Whether a failure concerns the whole store. Any other may concern only one table (it is not deployed, the token has
 * no right to it, a view behind it fails), so the rows of other tables are still tried.
 */
export function isAboutStore(error: StoreError): boolean {
  return error.kind === 'network' || error.kind === 'rate_limited';
}

const FIRST_MS = 500;
const LONGEST_MS = 5 * 60_000;

/**
 * Milliseconds until the next attempt: exponential up to 5 minutes, the upper half random, and never less than the
 * server asked for.
 *
 * @param attempt number of failures in a row, from 1
 * @param random a number from 0 to 1
 */
export function backoff(attempt: number, retryAfterMs: Ms | null, random: number): Ms {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempt - 1));
  return Math.max(retryAfterMs ?? 0, Math.round(ceiling / 2 + (ceiling / 2) * random));
}
