import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Merges } from './merges.js';

let told: boolean[];
let merges: Merges;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  merges = new Merges((are) => Promise.resolve(told.push(are)));
});
afterEach(() => vi.useRealTimers());

it('wait while files come in, and go on when none came for a while', async () => {
  for (let file = 0; file < 5; file += 1) {
    await merges.hold();
    await vi.advanceTimersByTimeAsync(900);
  }
  expect(told).toEqual([false]);
  await vi.advanceTimersByTimeAsync(100);
  expect(told).toEqual([false, true]);
  await merges.hold();
  expect(told).toEqual([false, true, false]);
});

it('go on in the midst of many files', async () => {
  for (let file = 0; file < 40; file += 1) {
    await merges.hold();
    await vi.advanceTimersByTimeAsync(500);
  }
  // Held for 15 seconds and one more; then again, until the twentieth second at least.
  expect(told).toEqual([false, true, false]);
});

it('go on at once for what changes a table', async () => {
  await merges.hold();
  await merges.release();
  await merges.release();
  expect(told).toEqual([false, true]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([false, true]);
});

it('are let alone when the engine closes', async () => {
  await merges.hold();
  merges.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([false]);
});
