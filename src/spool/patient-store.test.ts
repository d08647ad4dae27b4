import { expect, it } from 'vitest';
import { StoreError } from '../store/store-error.js';
import type { RowStore } from './row-store.js';
import { patientStore } from './patient-store.js';

const limited = (retryAfterMs: number | null) =>
  new StoreError('rate_limited', 'slow down', 429, retryAfterMs);

/** A store that fails with the given errors first, and the pauses that were made. */
function limitedStore(...errors: StoreError[]) {
  const pauses: number[] = [];
  let calls = 0;
  const take = <T>(answer: T): Promise<T> => {
    const error = errors[calls];
    calls += 1;
    return error === undefined ? Promise.resolve(answer) : Promise.reject(error);
  };
  const store: RowStore = {
    ingest: (_, rows) => take({ successful_rows: rows.length, quarantined_rows: 0 }),
    append: () => take({ successful_rows: null, quarantined_rows: 0 }),
    sql: () => take([]),
  };
  const patient = patientStore(store, (ms) => {
    pauses.push(ms);
    return Promise.resolve();
  });
  return { patient, pauses, calls: () => calls };
}

it('a write that is refused with a short pause is sent again after it, up to a quarter later', async () => {
  const { patient, pauses } = limitedStore(limited(1_000), limited(0));
  expect(await patient.ingest('requests', [{}])).toMatchObject({ successful_rows: 1 });
  expect(pauses).toHaveLength(2);
  expect(pauses[0]).toBeGreaterThanOrEqual(1_000);
  expect(pauses[0]).toBeLessThanOrEqual(1_250);
  expect(pauses[1]).toBe(250);
});

it('a file is sent again, too', async () => {
  const { patient, calls } = limitedStore(limited(500));
  await patient.append('requests', new Uint8Array());
  expect(calls()).toBe(2);
});

it.each([
  ['a long pause', limited(11_000)],
  ['a limit without a pause', limited(null)],
  ['an outage, even if it names a pause', new StoreError('unavailable', 'down', 503, 100)],
])('%s is left to the next delivery', async (_, error) => {
  const { patient, pauses } = limitedStore(error);
  await expect(patient.ingest('requests', [{}])).rejects.toBe(error);
  expect(pauses).toEqual([]);
});

it('the pauses of one delivery end after 30 seconds', async () => {
  const { patient, pauses } = limitedStore(...Array.from({ length: 50 }, () => limited(5_000)));
  await expect(patient.ingest('requests', [{}])).rejects.toThrow('slow down');
  // Each is 5 to 6.25 s.
  expect(pauses.length).toBeGreaterThanOrEqual(4);
  expect(pauses.length).toBeLessThanOrEqual(6);
});

it('a question is not asked again', async () => {
  const { patient, pauses } = limitedStore(limited(100));
  await expect(patient.sql('SELECT 1')).rejects.toThrow('slow down');
  expect(pauses).toEqual([]);
});
