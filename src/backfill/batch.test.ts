import { expect, it } from 'vitest';
import type { SignalRow } from '../signals/row.js';
import { Batcher } from './batch.js';

/** A row of a table; a batch does not look into it. */
const rowOf = (table: string) => ({ table, row: { event_id: 'x' } }) as unknown as SignalRow;

function add(batcher: Batcher, table: string, rows: number): void {
  for (let row = 0; row < rows; row += 1) batcher.add(rowOf(table));
}

const taken = (batcher: Batcher, isLast = false) =>
  batcher.take(isLast)?.map(({ table, rows }) => [table, rows]);

it('rows of small tables are left to a later batch, at most three times', () => {
  const batcher = new Batcher();
  for (const round of [1, 2, 3]) {
    add(batcher, 'api_requests', 4_000);
    add(batcher, 'session_summaries', 1);
    expect(taken(batcher)).toEqual([['api_requests', 4_000]]);
    expect([round, batcher.isPartial]).toEqual([round, true]);
  }
  add(batcher, 'api_requests', 5_000);
  add(batcher, 'session_summaries', 1);
  expect(taken(batcher)).toEqual([
    ['api_requests', 5_000],
    ['session_summaries', 4],
  ]);
  expect(batcher.isPartial).toBe(false);
  expect(taken(batcher)).toBeUndefined();
});

it('the last batch leaves no rows', () => {
  const batcher = new Batcher();
  add(batcher, 'api_requests', 1);
  expect(taken(batcher)).toEqual([]);
  expect(taken(batcher, true)).toEqual([['api_requests', 1]]);
  expect(batcher.isPartial).toBe(false);
});

it('a batch is full with 20,000 rows, then with twice as many, and earlier if few are still to come', () => {
  const batcher = new Batcher();
  add(batcher, 'api_requests', 19_999);
  expect(batcher.isFull(1e6)).toBe(false);
  add(batcher, 'api_requests', 1);
  expect(batcher.isFull(1e6)).toBe(true);
  batcher.take(false);
  add(batcher, 'api_requests', 39_999);
  expect(batcher.isFull(1e6)).toBe(false);
  add(batcher, 'api_requests', 1);
  expect(batcher.isFull(1e6)).toBe(true);
  batcher.take(false);
  add(batcher, 'api_requests', 50_000);
  expect([batcher.isFull(50_001), batcher.isFull(50_000)]).toEqual([false, true]);
});

it('a small batch waits for the rest if that is less than half of it', () => {
  const batcher = new Batcher();
  add(batcher, 'api_requests', 20_000);
  expect([batcher.isFull(9_999), batcher.isFull(10_000)]).toEqual([false, true]);
  add(batcher, 'api_requests', 20_000);
  expect(batcher.isFull(0)).toBe(true);
});

it('texts are cut into files that the store takes, and none is lost', () => {
  const batcher = new Batcher();
  const text = 'a '.repeat(2_500_000);
  for (let n = 0; n < 4; n += 1)
    batcher.add({
      table: 'contents',
      row: { event_id: 'x', text: text + String(n) },
    } as unknown as SignalRow);
  expect(batcher.isFull(Infinity)).toBe(true);
  // Three texts of 5,000,001 characters are more than 12 million; the fourth begins another file.
  expect(taken(batcher, true)).toEqual([
    ['contents', 3],
    ['contents', 1],
  ]);
  expect(taken(batcher, true)).toBeUndefined();
});
