import { createHash } from 'node:crypto';
import type { Config } from '../base/config.js';
import { readRegularFile } from '../base/regular-file/handle.js';
import { backoff, reactTo } from '../spool/retry-policy.js';
import { writeDurably } from '../base/files.js';
import type { Delivery } from '../spool/deliver.js';
import type { StoreError } from '../store/store-error.js';
import type { EpochMs } from '../base/time/units.js';

/** How the last deliveries went: what `status` shows, and when the next attempt may be made. */
export interface Health {
  /** When rows were last stored. */
  storedAt: EpochMs | null;
  /** What kept the last delivery from storing rows, of all tables or of one; null if nothing did. */
  problem: Problem | null;
  /** Failures in a row. */
  failures: number;
  /** No attempt before this time. */
  notBefore: EpochMs;
  /** Which store the above is about: another address or token starts anew. */
  store: string;
  /** Hook input that was no JSON. */
  unreadable: number;
  /** Events that could not be written: a full disk, a folder that cannot be written to. */
  lost: number;
  /** When such ones were last counted; null if there were none. */
  lostAt: EpochMs | null;
  /** Tables that the store does not take. Those of others are delivered meanwhile. */
  tables: Record<string, TableHealth>;
}

interface Problem {
  kind: string;
  message: string;
  since: number;
}

/** The same as above, of one table. */
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

/** A wrong token or a missing deployment is not asked for more often than this, milliseconds. */
const HOLD_MS = 5 * 60_000;

/** Reads the health of the configured store. */
export async function loadHealth(path: string, config: Config): Promise<Health> {
  const store = createHash('sha256')
    .update(`${config.tinybird_url} ${config.append_token}`)
    .digest('hex')
    .slice(0, 16);
  try {
    const health = JSON.parse(await readRegularFile(path)) as Partial<Health>;
    // An earlier version counted less.
    const { unreadable = 0, lost = 0, lostAt = null } = health;
    if (health.store === store) return { ...nothingYet, ...health, store };
    return { ...nothingYet, store, unreadable, lost, lostAt };
  } catch {
    return { ...nothingYet, store };
  }
}

/** The health with further events that were lost. */
export function withLost(health: Health, events: number, now: number): Health {
  return events === 0 ? health : { ...health, lost: health.lost + events, lostAt: now };
}

export async function saveHealth(path: string, health: Health): Promise<void> {
  await writeDurably(path, JSON.stringify(health));
}

/** No server and no clock may keep us from trying for longer than this, milliseconds. */
const LONGEST_WAIT_MS = 3600_000;

/** What is not to be tried before a time. */
type Waiting = Pick<Health, 'failures' | 'notBefore'>;

/** Whether it may be tried. A time that lies too far ahead was written by a clock that was wrong. */
export function mayTryNow({ notBefore }: Pick<Waiting, 'notBefore'>, now: number): boolean {
  return now >= notBefore || notBefore - now > LONGEST_WAIT_MS;
}

/** Whether a table may be tried. */
export function mayTryTable({ tables }: Health, table: string, now: number): boolean {
  const known = tables[table];
  return known === undefined || mayTryNow(known, now);
}

/** The health after a delivery: a success clears the problem, a failure says when to try again. */
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
  // Of a delivery that ended early nobody knows what it would have stored.
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
