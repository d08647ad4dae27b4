import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StoreError, type StoreErrorKind } from '../store/store-error.js';
import { backoff, reactTo, type Reaction } from './retry-policy.js';

describe('reactTo', () => {
  it.each<[StoreErrorKind, Reaction]>([
    ['network', 'retry'],
    ['timeout', 'retry'],
    ['rate_limited', 'retry'],
    ['unavailable', 'retry'],
    ['bad_response', 'retry'],
    ['rejected', 'halve'],
    ['unauthorized', 'hold'],
    ['not_found', 'hold'],
  ])('%s: %s', (kind, reaction) => {
    expect(reactTo(new StoreError(kind, 'no', null, null))).toBe(reaction);
  });
});

describe('backoff', () => {
  const FIVE_MINUTES = 300_000;
  const attempts = fc.integer({ min: 1, max: 5_000 });
  const random = fc.double({ min: 0, max: 1, noNaN: true });

  it.each([
    [1, 0, 250],
    [1, 1, 500],
    [2, 0, 500],
    [2, 0.5, 750],
    [3, 1, 2_000],
    // 500 ms × 2⁹ = 256 s is the last below five minutes
    [10, 1, 256_000],
    [11, 1, FIVE_MINUTES],
    [11, 0, FIVE_MINUTES / 2],
  ])('after %i failures, with the random number %f, the pause is %i ms', (attempt, die, expected) => {
    expect(backoff(attempt, null, die)).toBe(expected);
  });

  it('the pause is never shorter than the server asked for', () => {
    fc.assert(
      fc.property(attempts, fc.integer({ min: 0, max: 86_400_000 }), random, (attempt, retryAfter, die) => {
        expect(backoff(attempt, retryAfter, die)).toBeGreaterThanOrEqual(retryAfter);
      }),
    );
  });

  it('the pause is never longer than five minutes if the server asked for nothing, after any number of failures', () => {
    fc.assert(
      fc.property(attempts, random, (attempt, die) => {
        const wait = backoff(attempt, null, die);
        expect(wait).toBeLessThanOrEqual(FIVE_MINUTES);
        expect(wait).toBeGreaterThanOrEqual(250);
      }),
    );
  });

  it('the longest possible pause never decreases from one failure to the next', () => {
    fc.assert(
      fc.property(attempts, (attempt) => {
        expect(backoff(attempt + 1, null, 1)).toBeGreaterThanOrEqual(backoff(attempt, null, 1));
      }),
    );
  });

  it('the pause is as long as the server asks if that is more than five minutes', () => {
    expect(backoff(1, 3_600_000, 1)).toBe(3_600_000);
  });

  it('the pause is not shortened if the server asks for less', () => {
    expect(backoff(3, 10, 1)).toBe(2_000);
  });
});
