import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { tellingProgress } from './fill-progress.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const lasting = (ms: number) => () => new Promise<void>((resolve) => setTimeout(resolve, ms));

it('a table that is filled at once is no line', async () => {
  const told: string[] = [];
  const filled = tellingProgress(
    'requests (1 of 2)',
    lasting(1_000),
    () => Promise.resolve(undefined),
    (line) => told.push(line),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await filled;
  expect(told).toEqual([]);
});

it('a table that is filled for long is told every few seconds, with its share, and at its end', async () => {
  const told: string[] = [];
  let read = 0;
  const filled = tellingProgress(
    'requests (1 of 2)',
    lasting(13_000),
    () => Promise.resolve({ read: (read += 300_000), total: 750_000 }),
    (line) => told.push(line),
  );
  await vi.advanceTimersByTimeAsync(60_000);
  await filled;
  expect(told).toEqual([
    'converting requests (1 of 2): 40 %, 300,000 rows',
    'converting requests (1 of 2): 80 %, 600,000 rows',
    'converting requests (1 of 2): 99 %, 900,000 rows',
    'converted requests (1 of 2)',
  ]);
});

it('a fill that fails is told no further, and its error is that of the call', async () => {
  const told: string[] = [];
  const filled = tellingProgress(
    'requests (1 of 2)',
    async () => {
      await lasting(3_000)();
      throw new Error('no space');
    },
    () => Promise.reject(new Error('busy')),
    (line) => told.push(line),
  );
  const refused = expect(filled).rejects.toThrow('no space');
  await vi.advanceTimersByTimeAsync(60_000);
  await refused;
  expect(told).toEqual(['converting requests (1 of 2)']);
});
