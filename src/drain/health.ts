/**
 * How the last deliveries to the store went, kept in a file between drains: what `status` shows, and when to try
 * again.
 */
import { createHash } from 'node:crypto';
import type { Config } from '../base/config.js';
import { readRegularFile } from '../base/regular-file/handle.js';
import { backoff, reactTo } from '../spool/retry-policy.js';
import { writeDurably } from '../base/files.js';
import type { Delivery } from '../spool/deliver.js';
import type { StoreError } from '../store/store-error.js';
import type { EpochMs } from '../base/time/units.js';

/** How the last deliveries went. */
export interface Health {
  /** Time of the last delivery that stored rows. */
  storedAt: EpochMs | null;
  /** Why the last delivery failed, for all tables or for one; null if it did not fail. */
  problem: Problem | null;
  /** Number of failures in a row. */
  failures: number;
  /** Earliest time of the next attempt. */
  notBefore: EpochMs;
  /** Fingerprint of the store's address and token: with another store, the health starts anew. */
  store: string;
  /** Hook payloads that are not JSON, kept aside or already deleted, and emitted lines that are not events. */
  unreadable: number;
  /** Events that could not be written: the disk was full, or the folder was not writable. */
  lost: number;
  /** Time of the last lost event; null if none was lost. */
  lostAt: EpochMs | null;
  /** Tables that the store refuses. The other tables are still delivered. */
  tables: Record<string, TableHealth>;
}

interface Problem {
  kind: string;
  message: string;
  since: number;
}

/** The same fields for one table. */
interface TableHealth {
  problem: Problem;
  failures: number;
  notBefore: number;
}

const nothingYet: Omit<Health, 'store'> = {
  storedAt: null,
  problem: null,
  failures: 0,
  notBefore: 0,
  unreadable: 0,
  tables: {},
  lost: 0,
  lostAt: null,
};

/** After a wrong token or a missing deployment, the minimum time between attempts, milliseconds. */
const HOLD_MS = 5 * 60_000;

/** Reads the health of the configured store. */
export async function loadHealth(path: string, config: Config): Promise<Health> {
  const store = createHash('sha256')
    .update(`${config.tinybird_url} ${config.append_token}`)
    .digest('hex')
    .slice(0, 16);
  try {
    const health = JSON.parse(await readRegularFile(path)) as Partial<Health>;
    // Files of earlier versions have fewer counts.
    const { unreadable = 0, lost = 0, lostAt = null } = health;
    if (health.store === store) return { ...nothingYet, ...health, store };
    return { ...nothingYet, store, unreadable, lost, lostAt };
  } catch {
    return { ...nothingYet, store };
  }
}

/** Adds lost events to the health. */
export function withLost(health: Health, events: number, now: number): Health {
  return events === 0 ? health : { ...health, lost: health.lost + events, lostAt: now };
}

export async function saveHealth(path: string, health: Health): Promise<void> {
  await writeDurably(path, JSON.stringify(health));
}

/** Longest time until the next attempt, whatever a server asks for or a wrong clock wrote, milliseconds. */
const LONGEST_WAIT_MS = 3600_000;

/** When to try again. */
type Waiting = Pick<Health, 'failures' | 'notBefore'>;

/** Whether an attempt is due. A time too far ahead was written by a wrong clock and is ignored. */
export function mayTryNow({ notBefore }: Pick<Waiting, 'notBefore'>, now: number): boolean {
  return now >= notBefore || notBefore - now > LONGEST_WAIT_MS;
}

/** Whether an attempt to store rows of a table is due. */
export function mayTryTable({ tables }: Health, table: string, now: number): boolean {
  const known = tables[table];
  return known === undefined || mayTryNow(known, now);
}

/** The health after a delivery: success clears the problem, failure sets the time of the next attempt. */
export function afterDelivery(health: Health, delivery: Delivery, now: number, random: number): Health {
  const storedAt = delivery.stored > 0 ? now : health.storedAt;
  const tables = tablesAfter(health, delivery, now, random);
  const { stopped } = delivery;
  if (stopped !== null) {
    const problem = problemOf(stopped, health.problem, now);
    return { ...health, storedAt, tables, problem, ...afterFailure(stopped, health, now, random) };
  }
  const [refused] = Object.entries(tables);
  const problem = refused && {
    ...refused[1].problem,
    message: `${refused[0]}: ${refused[1].problem.message}`,
  };
  return { ...health, storedAt, tables, problem: problem ?? null, failures: 0, notBefore: 0 };
}

function tablesAfter(
  { tables }: Health,
  { stopped, refused, skipped }: Delivery,
  now: number,
  random: number,
): Health['tables'] {
  const after: Health['tables'] = {};
  // A delivery that ended early did not try every table, so the problems of the others stay.
  for (const [table, known] of Object.entries(tables))
    if (stopped !== null || skipped.has(table)) after[table] = known;
  for (const [table, error] of refused) {
    const known = tables[table];
    after[table] = {
      problem: problemOf(error, known?.problem ?? null, now),
      ...afterFailure(error, known ?? { failures: 0 }, now, random),
    };
  }
  return after;
}

function problemOf({ kind, message }: StoreError, before: Problem | null, now: number): Problem {
  return { kind, message, since: before?.since ?? now };
}

function afterFailure(
  error: StoreError,
  before: Pick<Waiting, 'failures'>,
  now: number,
  random: number,
): Waiting {
  const failures = before.failures + 1;
  const wait =
    reactTo(error) === 'hold'
      ? Math.max(HOLD_MS, error.retryAfterMs ?? 0)
      : backoff(failures, error.retryAfterMs, random);
  return { failures, notBefore: now + Math.min(wait, LONGEST_WAIT_MS) };
}
