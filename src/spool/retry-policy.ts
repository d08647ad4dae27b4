import type { StoreError } from '../store-error.js';

/**
 * What a failed send calls for.
 *
 * - `retry`: an outage or a limit; the rows are fine and wait as long as it takes.
 * - `halve`: Tinybird says the batch is bad; halves are tried until the bad row stands alone.
 * - `hold`: the account or the deployment is wrong; nothing more is sent until that is mended.
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
