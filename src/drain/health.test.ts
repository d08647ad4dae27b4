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
  it('notes when rows were stored', () => {
    expect(afterDelivery(fresh, delivered(3), NOW, 0.5)).toEqual({ ...fresh, storedAt: NOW });
  });

  it('does not take a delivery of nothing for one', () => {
    expect(afterDelivery({ ...fresh, storedAt: 7 }, delivered(0), NOW, 0.5).storedAt).toBe(7);
  });

  it('counts failures, backs off, and remembers since when', () => {
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
      // What it is now, and since when nothing has got through.
      problem: { kind: 'unavailable', message: 'unavailable!', since: NOW },
    });
  });

  it('waits as long as the server asks', () => {
    expect(afterDelivery(fresh, stopped('rate_limited', 90_000), NOW, 0).notBefore).toBe(NOW + 90_000);
  });

  it.each<StoreErrorKind>(['unauthorized', 'not_found'])('asks no more for five minutes after %s', (kind) => {
    expect(afterDelivery(fresh, stopped(kind), NOW, 0).notBefore).toBe(NOW + 300_000);
    expect(afterDelivery(fresh, stopped(kind, 1_000), NOW, 0).notBefore).toBe(NOW + 300_000);
    expect(afterDelivery(fresh, stopped(kind, 900_000), NOW, 0).notBefore).toBe(NOW + 900_000);
  });

  it('notes both where part was stored before it stopped', () => {
    const health = afterDelivery(fresh, stopped('timeout', null, 2), NOW, 0);
    expect(health).toMatchObject({ storedAt: NOW, failures: 1, problem: { kind: 'timeout' } });
  });

  it('forgets the problem after a success, and starts a new one afresh', () => {
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

  it('keeps the count of unreadable payloads through all of it', () => {
    const some = { ...fresh, unreadable: 4 };
    expect(afterDelivery(some, delivered(1), NOW, 0).unreadable).toBe(4);
    expect(afterDelivery(some, stopped('network'), NOW, 0).unreadable).toBe(4);
  });
});

describe('a table that is refused', () => {
  it('is named with its reason, has a time of its own, and holds up no other', () => {
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

  it('waits longer with each failure, and remembers since when', () => {
    const first = afterDelivery(fresh, refusing('a', 'unavailable'), NOW, 1);
    expect(first.tables.a?.notBefore).toBe(NOW + 500);
    const second = afterDelivery(first, refusing('a', 'unavailable'), NOW + 600, 1);
    expect(second.tables.a).toMatchObject({ failures: 2, notBefore: NOW + 1_600, problem: { since: NOW } });
  });

  it('stays so while it is not tried, or the store is away, and no longer', () => {
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

describe('the file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'atel-health-'));
    file = join(folder, 'health.json');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const config = (env: Record<string, string> = {}) =>
    loadConfig({ env, homeDir: folder, platform: 'linux' });

  it('gives back what was saved for the same store', async () => {
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
  ])('starts anew for another %s, so that a mended setting is tried at once', async (_, env) => {
    const health = afterDelivery(await loadHealth(file, config()), stopped('unauthorized'), NOW, 0);
    await saveHealth(file, { ...health, storedAt: 5, unreadable: 2 });
    const other = await loadHealth(file, config(env));
    expect(other).toEqual({ ...fresh, store: other.store, unreadable: 2 });
    expect(other.store).not.toBe(health.store);
  });

  it('of an earlier version, which says nothing of tables, is read', async () => {
    const { tables, ...old } = await loadHealth(file, config());
    expect(tables).toEqual({});
    await writeFile(file, JSON.stringify({ ...old, storedAt: 5 }));
    await expect(loadHealth(file, config())).resolves.toEqual({ ...old, storedAt: 5, tables: {} });
  });

  it('holds no token', async () => {
    const { store } = await loadHealth(file, config({ AGENT_TELEMETRY_APPEND_TOKEN: 'p.secret' }));
    expect(store).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(['', 'torn {', 'null'])('starts anew where it holds %j', async (text) => {
    await writeFile(file, text);
    const health = await loadHealth(file, config());
    expect(health).toEqual({ ...fresh, store: health.store });
  });

  it('starts anew where there is none', async () => {
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
  });
  const now = 1_800_000_000_000;

  it('waits until it is time', () => {
    expect(mayTryNow(health(now + 1_000), now)).toBe(false);
    expect(mayTryNow(health(now), now)).toBe(true);
  });

  it('does not wait for a time that a wrong clock wrote', () => {
    expect(mayTryNow(health(now + 365 * 86_400_000), now)).toBe(true);
  });

  it('waits an hour at the most, whatever the server asks for', () => {
    const stopped = new StoreError('rate_limited', 'slow down', 429, 31_536_000_000);
    expect(afterDelivery(health(0), { ...nothing, stopped }, now, 0).notBefore).toBe(now + 3_600_000);
  });
});
