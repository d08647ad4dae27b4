import { expect, it } from 'vitest';
import { remoteWrites } from './remote-writes.js';

/** A store with these row counts, which counts its questions. */
function storeOf(rows: Record<string, number>) {
  const asked: string[] = [];
  return {
    rows,
    asked,
    sql: (query: string) => {
      asked.push(query);
      return Promise.resolve(Object.entries(rows).map(([name, count]) => ({ name, rows: count })));
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('a count grows when a table has other rows than before, not at the first look', async () => {
  const store = storeOf({ a: 5, b: 0 });
  let now = 0;
  const read = remoteWrites(store, ['a', 'b'], () => now);
  read();
  await settled();
  expect(store.asked).toEqual([
    "SELECT 'a' AS name, count() AS rows FROM a UNION ALL SELECT 'b' AS name, count() AS rows FROM b",
  ]);
  expect(Object.fromEntries(read())).toEqual({ a: 0, b: 0 });
  store.rows.b = 3;
  now = 10_000;
  read();
  await settled();
  expect(Object.fromEntries(read())).toEqual({ a: 0, b: 1 });
});

it('the store is asked at most every ten seconds, and again after a failure', async () => {
  let asked = 0;
  let now = 0;
  const sql = () => {
    asked += 1;
    return Promise.reject(new Error('away'));
  };
  const read = remoteWrites({ sql }, ['a'], () => now);
  for (const at of [0, 1, 9_999, 10_000, 15_000, 20_000]) {
    now = at;
    read();
    await settled();
  }
  expect(asked).toBe(3);
});
