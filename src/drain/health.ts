/**
 * How the last deliveries to the store went, kept in a file between drains: what `status` shows, and when to try
 * again.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import type { Config } from '../base/config.js';
import { readRegularFile } from '../base/regular-file/handle.js';
import { backoff, reactTo } from '../spool/retry-policy.js';
import { writeDurably } from '../base/files.js';
import type { Delivery } from '../spool/deliver.js';
import type { StoreError } from '../store/store-error.js';
import { parseObject } from '../base/json/json.js';
import type { Ms } from '../base/time/units.js';
import { deliveryTimesSchema, withDelivery } from './delivery-times.js';

const failing = z.object({
  problem: z.object({ kind: z.string(), message: z.string(), since: z.number() }),
  /** Number of failures in a row. */
  failures: z.number(),
  /** Earliest time of the next attempt. */
  notBefore: z.number(),
});

/** What a file of an earlier version lacks gets the value of a new health. Times are milliseconds since 1970. */
const schema = z.object({
  /** Time of the last delivery that stored rows. */
  storedAt: z._default(z.nullable(z.number()), null),
  /** Why the last delivery failed, for all tables or for one; null if it did not fail. */
  problem: z._default(z.nullable(failing.shape.problem), null),
  /** Number of failures in a row. */
  failures: z._default(z.number(), 0),
  /** Earliest time of the next attempt. */
  notBefore: z._default(z.number(), 0),
  /** Fingerprint of the store's address and token: with another store, the health starts anew. */
  store: z._default(z.string(), ''),
  /** Hook payloads that are not JSON, kept aside or already deleted, and emitted lines that are not events. */
  unreadable: z._default(z.number(), 0),
  /** Events that could not be written: the disk was full, the folder was not writable, or they had no usable time. */
  lost: z._default(z.number(), 0),
  /** Time of the last lost event; null if none was lost. */
  lostAt: z._default(z.nullable(z.number()), null),
  /** How long deliveries took. */
  deliveries: z._default(deliveryTimesSchema, {}),
  /** Tables that the store refuses. The other tables are still delivered. */
  tables: z._default(z.record(z.string(), failing), {}),
});

/** How the last deliveries went. */
export type Health = z.infer<typeof schema>;

type Problem = NonNullable<Health['problem']>;

/** After a wrong token or a missing deployment, the minimum time between attempts, milliseconds. */
const HOLD_MS = 5 * 60_000;

/**
 * Reads the health of the configured store. A damaged file counts as none.
 *
 * @param onDamage called with what is wrong with a damaged file, in one line
 */
export async function loadHealth(
  path: string,
  config: Config,
  onDamage: (problem: string) => void = () => undefined,
): Promise<Health> {
  const store = createHash('sha256')
    .update(`${config.tinybird_url} ${config.append_token}`)
    .digest('hex')
    .slice(0, 16);
  const found = await readRegularFile(path).catch(() => undefined);
  const health = schema.safeParse(found === undefined ? {} : (parseObject(found) ?? null)).data;
  if (health === undefined)
    onDamage(`${path} is damaged; the counts of lost and unreadable events start at 0 again`);
  const { unreadable, lost, lostAt, deliveries, ...rest } = health ?? schema.parse({});
  const kept = { unreadable, lost, lostAt, deliveries };
  return rest.store === store ? { ...rest, ...kept } : { ...schema.parse({}), ...kept, store };
}

/** Adds lost events to the health. */
export function withLost(health: Health, events: number, now: number): Health {
  return events === 0 ? health : { ...health, lost: health.lost + events, lostAt: now };
}

/** Adds how long a delivery took, successful or not. */
export function withTimeOf(health: Health, { stopped, refused }: Delivery, took: Ms): Health {
  const result = stopped === null && refused.size === 0 ? 'success' : 'failure';
  return { ...health, deliveries: withDelivery(health.deliveries, result, took) };
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
