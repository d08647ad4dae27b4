/** Counts the requests of each second, for tokens that may send only so many. */
import type { EpochMs } from '../../base/time/units.js';

/** The state of a token's limit after a request. */
export interface RateState {
  isAllowed: boolean;
  /** Headers that tell the client; `Retry-After` only if the request is refused. */
  headers: Record<string, string>;
}

/** One window for all tokens: the current second. */
export class RateLimits {
  private second = 0;
  private readonly counts = new Map<string, number>();

  /** Counts one request of a token that may send `rps` requests per second. */
  take(token: string, rps: number, now: EpochMs): RateState {
    const second = Math.floor(now / 1000);
    if (second !== this.second) {
      this.second = second;
      this.counts.clear();
    }
    const count = (this.counts.get(token) ?? 0) + 1;
    this.counts.set(token, count);
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(rps),
      'x-ratelimit-remaining': String(Math.max(0, rps - count)),
      'x-ratelimit-reset': '1',
    };
    if (count > rps) headers['retry-after'] = '1';
    return { isAllowed: count <= rps, headers };
  }
}
