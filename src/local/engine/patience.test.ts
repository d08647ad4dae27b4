import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Patience } from './patience.js';

let hopeless = 0;
beforeEach(() => {
  hopeless = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const limits = { runMs: 1_000, graceMs: 200, patienceMs: 5_000 };
const patience = () => new Patience(limits, 2, () => (hopeless += 1));
const after = <T>(ms: number, value: T) => new Promise<T>((resolve) => setTimeout(() => resolve(value), ms));
const never = () => new Promise<never>(() => undefined);

/** What became of a promise up to now. */
function outcomeOf(result: Promise<unknown>): { now: string } {
  const outcome = { now: 'open' };
  result.then(
    (value) => (outcome.now = String(value)),
    (error: unknown) => (outcome.now = error instanceof Error ? error.message : 'failed'),
  );
  return outcome;
}

it('gives the result of a query that ends in time, or its own error', async () => {
  const some = patience();
  const late = outcomeOf(some.resultOf(after(1_199, 'rows')));
  const failed = outcomeOf(some.resultOf(Promise.reject(new Error('TIMEOUT'))));
  await vi.advanceTimersByTimeAsync(1_199);
  expect([late.now, failed.now]).toEqual(['rows', 'TIMEOUT']);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(hopeless).toBe(0);
});

it('answers for a query that runs on, and gives up on it later', async () => {
  const outcome = outcomeOf(patience().resultOf(never()));
  await vi.advanceTimersByTimeAsync(1_199);
  expect(outcome.now).toBe('open');
  await vi.advanceTimersByTimeAsync(1);
  expect(outcome.now).toMatch(/did not end within 1 s.*TIMEOUT_EXCEEDED/);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(hopeless).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(hopeless).toBe(1);
});

it('goes on where the query ends after all', async () => {
  const some = patience();
  const told: string[] = [];
  const outcome = outcomeOf(some.resultOf(after(3_000, 'rows'), () => told.push('overdue')));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(outcome.now).toContain('TIMEOUT_EXCEEDED');
  expect(told).toEqual(['overdue']);
  // The first has ended: a second one is not one too many.
  void outcomeOf(some.resultOf(after(3_000, 'rows')));
  await vi.advanceTimersByTimeAsync(2_000);
  expect(hopeless).toBe(0);
});

it('gives up at once where every session is held', async () => {
  const some = patience();
  for (const one of [1, 2]) void outcomeOf(some.resultOf(never().then(() => one)));
  await vi.advanceTimersByTimeAsync(1_200);
  expect(hopeless).toBe(1);
});
