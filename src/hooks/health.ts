import { createHash } from 'node:crypto';
import type { Config } from '../config.js';
import { readRegularFile } from '../regular-file/handle.js';
import { backoff, reactTo } from '../spool/retry-policy.js';
import { writeDurably } from '../spool/files.js';
import type { Delivery } from '../spool/deliver.js';

/** How the last deliveries went: what `status` shows, and when the next attempt may be made. */
export interface Health {
  /** When rows were last stored, milliseconds since 1970. */
  storedAt: number | null;
  /** What stopped the last delivery; null if nothing did. */
  problem: { kind: string; message: string; since: number } | null;
  /** Failures in a row. */
  failures: number;
  /** No attempt before this time, milliseconds since 1970. */
  notBefore: number;
  /** Which store the above is about: another address or token starts anew. */
  store: string;
  /** Hook input that was no JSON. */
  unreadable: number;
  /** Events that could not be written: a full disk, a folder that cannot be written to. */
  lost: number;
  /** When such ones were last counted, milliseconds since 1970; null if there were none. */
  lostAt: number | null;
}

const nothingYet: Omit<Health, 'store'> = {
  storedAt: null,
  problem: null,
  failures: 0,
  notBefore: 0,
  unreadable: 0,
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

/** Whether a delivery may be tried. A time that lies too far ahead was written by a clock that was wrong. */
export function mayTryNow(health: Health, now: number): boolean {
  return now >= health.notBefore || health.notBefore - now > LONGEST_WAIT_MS;
}

/** The health after a delivery: a success clears the problem, a failure says when to try again. */
export function afterDelivery(health: Health, delivery: Delivery, now: number, random: number): Health {
  const storedAt = delivery.stored > 0 ? now : health.storedAt;
  if (delivery.stopped === null) return { ...health, storedAt, problem: null, failures: 0, notBefore: 0 };
  const { kind, message, retryAfterMs } = delivery.stopped;
  const failures = health.failures + 1;
  const wait =
    reactTo(delivery.stopped) === 'hold'
      ? Math.max(HOLD_MS, retryAfterMs ?? 0)
      : backoff(failures, retryAfterMs, random);
  return {
    ...health,
    storedAt,
    failures,
    notBefore: now + Math.min(wait, LONGEST_WAIT_MS),
    problem: { kind, message, since: health.problem?.since ?? now },
  };
}
