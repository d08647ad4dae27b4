import { expect, it } from 'vitest';
import { StoreError } from '../store/store-error.js';
import type { RowStore } from './row-store.js';
import { OF_BACKFILL, Patience, patientStore } from './patient-store.js';

const limited = (retryAfterMs: number | null) =>
  new StoreError('rate_limited', 'slow down', 429, retryAfterMs);

/** A store that fails with the given errors first, and the pauses that were made. */
function limitedStore(...errors: StoreError[]) {
  return storeOf(errors, new Patience(() => 0));
}

/** The same with a patience of its own, and what happens during each write. */
function storeOf(errors: readonly StoreError[], patience: Patience, during: () => void = () => undefined) {
  const pauses: number[] = [];
  let calls = 0;
  const take = <T>(answer: T): Promise<T> => {
    const error = errors[calls];
    calls += 1;
    during();
    return error === undefined ? Promise.resolve(answer) : Promise.reject(error);
  };
  const store: RowStore = {
    ingest: (_, rows) => take({ successful_rows: rows.length, quarantined_rows: 0 }),
    append: () => take({ successful_rows: null, quarantined_rows: 0 }),
    sql: () => take([]),
  };
  const patient = patientStore(store, patience, (ms) => {
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

it('the deliveries of one drain have these 30 seconds together', async () => {
  const patience = new Patience(() => 0);
  const first = storeOf([limited(10_000), limited(10_000)], patience);
  await first.patient.ingest('requests', [{}]);
  expect(first.pauses).toHaveLength(2);
  // 5 to 10 s are left, and a pause of 10 s is 10 to 12.5 s.
  const second = storeOf([limited(10_000)], patience);
  await expect(second.patient.ingest('requests', [{}])).rejects.toThrow('slow down');
  expect(second.pauses).toEqual([]);
});

it('no pause ends later than 40 seconds after the first write, which may take long themselves', async () => {
  let now = 0;
  const slow = storeOf([limited(1_000), limited(1_000), limited(1_000)], new Patience(() => now), () => {
    now += 19_000;
  });
  await expect(slow.patient.ingest('requests', [{}])).rejects.toThrow('slow down');
  // After 19 s and 38 s; a pause after 57 s is refused.
  expect(slow.pauses).toHaveLength(2);
});

it('a backfill waits longer: for a pause of a minute, and for many', async () => {
  const refusals = Array.from({ length: 8 }, () => limited(60_000));
  const { patient, pauses } = storeOf(refusals, new Patience(() => 0, OF_BACKFILL));
  await expect(patient.append('requests', new Uint8Array())).resolves.toBeDefined();
  expect(pauses).toHaveLength(8);
});

it('a question is not asked again', async () => {
  const { patient, pauses } = limitedStore(limited(100));
  await expect(patient.sql('SELECT 1')).rejects.toThrow('slow down');
  expect(pauses).toEqual([]);
});
