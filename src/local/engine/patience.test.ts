import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiError } from '../errors.js';
import { Patience } from './patience.js';

let hopeless = 0;
beforeEach(() => {
  hopeless = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const limits = { runMs: 1_000, graceMs: 200, patienceMs: 5_000 };
const tooLate = (runMs: number) => new ApiError(408, `it took more than ${runMs / 1000} s`);
const patience = () => new Patience(limits, tooLate, () => (hopeless += 1));
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));
const never = () => new Promise<never>(() => undefined);

/** The state of a promise at this moment. */
function outcomeOf(result: Promise<unknown>): { now: string } {
  const outcome = { now: 'open' };
  result.then(
    (value) => (outcome.now = String(value)),
    (error: unknown) => (outcome.now = error instanceof Error ? error.message : 'failed'),
  );
  return outcome;
}

it('a query that ends in time returns its result or its own error', async () => {
  const some = patience();
  const late = outcomeOf(some.resultOf(after(1_199, 'rows')));
  const failed = outcomeOf(some.resultOf(Promise.reject(new Error('TIMEOUT'))));
  await vi.advanceTimersByTimeAsync(1_199);
  expect([late.now, failed.now]).toEqual(['rows', 'TIMEOUT']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(hopeless).toBe(0);
});

it('a query that runs on gets an error, and later the engine is given up', async () => {
  const outcome = outcomeOf(patience().resultOf(never()));
  await vi.advanceTimersByTimeAsync(1_199);
  expect(outcome.now).toBe('open');
  await vi.advanceTimersByTimeAsync(1);
  expect(outcome.now).toBe('it took more than 1 s');
  await vi.advanceTimersByTimeAsync(4_999);
  expect(hopeless).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(hopeless).toBe(1);
});

it('the engine is not given up while queries end, however many there are', async () => {
  const some = patience();
  const outcomes = [1, 2, 3, 4, 5].map(() => outcomeOf(some.resultOf(after(3_000, 'rows'))));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcomes.map(({ now }) => now)).toEqual(Array(5).fill('it took more than 1 s'));
  expect(hopeless).toBe(0);
});
