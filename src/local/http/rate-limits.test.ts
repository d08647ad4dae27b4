import { describe, expect, it } from 'vitest';
import { RateLimits } from './rate-limits.js';

describe('RateLimits', () => {
  it('each token may send its number of requests in each second', () => {
    const limits = new RateLimits();
    const take = (token: string, now: number) => limits.take(token, 2, now).isAllowed;
    expect([take('a', 1_000), take('a', 1_500), take('a', 1_999)]).toEqual([true, true, false]);
    expect(take('b', 1_999)).toBe(true);
    expect(take('a', 2_000)).toBe(true);
  });

  it('the headers say how many requests are left, and a refused one when to come again', () => {
    const limits = new RateLimits();
    expect(limits.take('a', 1, 5_000).headers).toEqual({
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': '1',
    });
    expect(limits.take('a', 1, 5_000).headers).toMatchObject({
      'x-ratelimit-remaining': '0',
      'retry-after': '1',
    });
  });
});
