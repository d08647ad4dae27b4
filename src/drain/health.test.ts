import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../base/config.js';
import type { Delivery } from '../spool/deliver.js';
import { StoreError, type StoreErrorKind } from '../store/store-error.js';
import { afterDelivery, loadHealth, mayTryNow, mayTryTable, saveHealth, type Health } from './health.js';

const NOW = 1_800_000_000_000;
const fresh: Health = {
  storedAt: null,
  problem: null,
  failures: 0,
  notBefore: 0,
  store: 'here',
  unreadable: 0,
  tables: {},
  lost: 0,
  lostAt: null,
  deliveries: {},
};
const nothing: Delivery = {
  reasons: new Set(),
  stored: 0,
  buried: 0,
  stopped: null,
  refused: new Map(),
  skipped: new Set(),
};
const delivered = (stored: number): Delivery => ({ ...nothing, stored });
const refusing = (table: string, kind: StoreErrorKind, stored = 0): Delivery => ({
  ...nothing,
  stored,
  refused: new Map([[table, new StoreError(kind, `${kind}!`, null, null)]]),
});
const stopped = (kind: StoreErrorKind, retryAfterMs: number | null = null, stored = 0): Delivery => ({
  ...nothing,
  stored,
  stopped: new StoreError(kind, `${kind}!`, null, retryAfterMs),
});

describe('afterDelivery', () => {
  it('the time of stored rows is noted', () => {
    expect(afterDelivery(fresh, delivered(3), NOW, 0.5)).toEqual({ ...fresh, storedAt: NOW });
  });

  it('a delivery without rows does not change that time', () => {
    expect(afterDelivery({ ...fresh, storedAt: 7 }, delivered(0), NOW, 0.5).storedAt).toBe(7);
  });

  it('failures are counted, lengthen the wait, and keep the time of the first one', () => {
    const first = afterDelivery(fresh, stopped('network'), NOW, 1);
    expect(first).toEqual({
      ...fresh,
      failures: 1,
      notBefore: NOW + 500,
      problem: { kind: 'network', message: 'network!', since: NOW },
    });
    const second = afterDelivery(first, stopped('unavailable'), NOW + 600, 1);
    expect(second).toEqual({
      ...fresh,
      failures: 2,
      notBefore: NOW + 600 + 1_000,
      // The current problem, and the time since which nothing was delivered.
      problem: { kind: 'unavailable', message: 'unavailable!', since: NOW },
    });
  });

  it('the next attempt waits as long as the server asks', () => {
    expect(afterDelivery(fresh, stopped('rate_limited', 90_000), NOW, 0).notBefore).toBe(NOW + 90_000);
  });

  it.each<StoreErrorKind>(['unauthorized', 'not_found'])(
    'after %s the next attempt comes five minutes later',
    (kind) => {
      expect(afterDelivery(fresh, stopped(kind), NOW, 0).notBefore).toBe(NOW + 300_000);
      expect(afterDelivery(fresh, stopped(kind, 1_000), NOW, 0).notBefore).toBe(NOW + 300_000);
      expect(afterDelivery(fresh, stopped(kind, 900_000), NOW, 0).notBefore).toBe(NOW + 900_000);
    },
  );

  it('the success and the problem are noted if a part was stored before the delivery stopped', () => {
    const health = afterDelivery(fresh, stopped('timeout', null, 2), NOW, 0);
    expect(health).toMatchObject({ storedAt: NOW, failures: 1, problem: { kind: 'timeout' } });
  });

  it('a success clears the problem, and a later problem starts anew', () => {
    const ill = afterDelivery(
      afterDelivery(fresh, stopped('network'), NOW, 0),
      stopped('network'),
      NOW + 1,
      0,
    );
    const well = afterDelivery(ill, delivered(1), NOW + 2, 0);
    expect(well).toEqual({ ...fresh, storedAt: NOW + 2 });
    expect(afterDelivery(well, stopped('network'), NOW + 3, 1)).toMatchObject({
      failures: 1,
      notBefore: NOW + 3 + 500,
      problem: { since: NOW + 3 },
    });
  });

  it('the number of unreadable payloads is kept', () => {
    const some = { ...fresh, unreadable: 4 };
    expect(afterDelivery(some, delivered(1), NOW, 0).unreadable).toBe(4);
    expect(afterDelivery(some, stopped('network'), NOW, 0).unreadable).toBe(4);
  });
});

describe('a table that is refused', () => {
  it('a refused table is recorded with its reason and its own time of retry, and the other tables are delivered', () => {
    const health = afterDelivery(fresh, refusing('api_requests', 'not_found', 3), NOW, 0);
    expect(health).toEqual({
      ...fresh,
      storedAt: NOW,
      problem: { kind: 'not_found', message: 'api_requests: not_found!', since: NOW },
      tables: {
        api_requests: {
          problem: { kind: 'not_found', message: 'not_found!', since: NOW },
          failures: 1,
          notBefore: NOW + 300_000,
        },
      },
    });
    expect(mayTryNow(health, NOW)).toBe(true);
    expect(mayTryTable(health, 'api_requests', NOW)).toBe(false);
    expect(mayTryTable(health, 'api_requests', NOW + 300_000)).toBe(true);
    expect(mayTryTable(health, 'telemetry_events', NOW)).toBe(true);
  });

  it('the wait grows with each failure, and the time of the first one is kept', () => {
    const first = afterDelivery(fresh, refusing('a', 'unavailable'), NOW, 1);
    expect(first.tables.a?.notBefore).toBe(NOW + 500);
    const second = afterDelivery(first, refusing('a', 'unavailable'), NOW + 600, 1);
    expect(second.tables.a).toMatchObject({ failures: 2, notBefore: NOW + 1_600, problem: { since: NOW } });
  });

  it('a refused table stays refused until it is tried again', () => {
    const ill = afterDelivery(fresh, refusing('a', 'not_found'), NOW, 1);
    const skipped = { ...nothing, stored: 1, skipped: new Set(['a']) };
    expect(afterDelivery(ill, skipped, NOW + 1, 1)).toMatchObject({
      tables: ill.tables,
      problem: { message: 'a: not_found!' },
    });
    expect(afterDelivery(ill, stopped('network'), NOW + 1, 1)).toMatchObject({
      tables: ill.tables,
      problem: { message: 'network!' },
    });
    expect(afterDelivery(ill, delivered(1), NOW + 1, 1)).toEqual({ ...fresh, storedAt: NOW + 1 });
  });
});

describe('the health file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atel-health-'));
    file = join(folder, 'health.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const config = (env: Record<string, string> = {}) =>
    loadConfig({ env, homeDir: folder, platform: 'linux' });

  it('health that was saved is loaded for the same store', async () => {
    const health = afterDelivery(await loadHealth(file, config()), stopped('network'), NOW, 0);
    await saveHealth(file, { ...health, unreadable: 2 });
    await expect(loadHealth(file, config())).resolves.toEqual({ ...health, unreadable: 2 });
    await expect(readdir(folder)).resolves.toEqual(['health.json']);
  });

  it.each([
    [
      'address',
      {
        TINYBIRD_URL: 'https://api.tinybird.co',
        AGENT_TELEMETRY_APPEND_TOKEN: 'local',
        AGENT_TELEMETRY_READ_TOKEN: 'p.read',
      },
    ],
    ['append token', { AGENT_TELEMETRY_APPEND_TOKEN: 'p.other' }],
  ])('another %s starts anew, so that corrected settings are tried at once', async (_, env) => {
    const health = afterDelivery(await loadHealth(file, config()), stopped('unauthorized'), NOW, 0);
    await saveHealth(file, { ...health, storedAt: 5, unreadable: 2 });
    const other = await loadHealth(file, config(env));
    expect(other).toEqual({ ...fresh, store: other.store, unreadable: 2 });
    expect(other.store).not.toBe(health.store);
  });

  it('a file of an earlier version, without tables, is loaded', async () => {
    const { tables, ...old } = await loadHealth(file, config());
    expect(tables).toEqual({});
    await writeFile(file, JSON.stringify({ ...old, storedAt: 5 }));
    await expect(loadHealth(file, config())).resolves.toEqual({ ...old, storedAt: 5, tables: {} });
  });

  it('the file contains no token', async () => {
    const { store } = await loadHealth(file, config({ AGENT_TELEMETRY_APPEND_TOKEN: 'p.secret' }));
    expect(store).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    '',
    'torn {',
    'null',
    '{"lost":"many"}',
    '{"problem":"down"}',
    '{"tables":{"requests":{"failures":1}}}',
    '{"notBefore":[]}',
  ])('a file that contains %j counts as no health, and is reported', async (text) => {
    await writeFile(file, text);
    const said: string[] = [];
    const health = await loadHealth(file, config(), (problem) => said.push(problem));
    expect(health).toEqual({ ...fresh, store: health.store });
    expect(said).toEqual([`${file} is damaged; the counts of lost and unreadable events start at 0 again`]);
  });

  it('without a file the health starts anew', async () => {
    const health = await loadHealth(file, config());
    expect(health).toEqual({ ...fresh, store: health.store });
  });
});

describe('mayTryNow', () => {
  const health = (notBefore: number): Health => ({
    storedAt: null,
    problem: null,
    failures: 1,
    notBefore,
    store: 's',
    unreadable: 0,
    tables: {},
    lost: 0,
    lostAt: null,
    deliveries: {},
  });
  const now = 1_800_000_000_000;

  it('no attempt is due before its time', () => {
    expect(mayTryNow(health(now + 1_000), now)).toBe(false);
    expect(mayTryNow(health(now), now)).toBe(true);
  });

  it('a time that a wrong clock wrote is ignored', () => {
    expect(mayTryNow(health(now + 365 * 86_400_000), now)).toBe(true);
  });

  it('the wait is at most an hour, whatever the server asks for', () => {
    const stopped = new StoreError('rate_limited', 'slow down', 429, 31_536_000_000);
    expect(afterDelivery(health(0), { ...nothing, stopped }, now, 0).notBefore).toBe(now + 3_600_000);
  });
});
