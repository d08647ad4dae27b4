/** Sends the waiting segments to the store, and isolates and sets aside the rows that it refuses. */
import type { IngestOutcome } from '../store/client-types.js';
import { SCHEMA_VERSION } from '../signals/row.js';
import { StoreError } from '../store/store-error.js';
import { describeFile, onlyTableOf, rowsOfSegment, type FileSegment } from './names.js';
import { patientStore, type Patience } from './patient-store.js';
import { isAboutStore, reactTo } from './retry-policy.js';
import type { RowStore } from './row-store.js';
import type { Spool, SpooledRow } from './spool.js';
import { isMissingFile } from '../base/missing-file.js';

/** The result of a delivery. */
export interface Delivery {
  stored: number;
  buried: number;
  /** Reasons of the rows that became dead letters, each with its table. */
  reasons: Set<string>;
  /** The failure of the whole store that ended the delivery early, else null. Unsent rows still wait. */
  stopped: StoreError | null;
  /** Tables that the store refused, each with the failure. Their rows still wait. */
  refused: Map<string, StoreError>;
  /** Tables that were not tried, because their pause is not over yet. */
  skipped: Set<string>;
}

/** Limits of one request: rows, and bytes of JSON. Tinybird accepts 10 MB. */
const MAX_ROWS = 5_000;
const MAX_BYTES = 4_000_000;

/** A delivery ends after this many tables timed out and nothing was stored: then the whole store hangs. */
const MOST_TIMEOUTS = 2;

/**
 * Sends every waiting segment, oldest first, until none is left or Tinybird takes no more. If a table is refused, only
 * its own rows wait, in their order.
 *
 * @param mayTry whether the pause of a table is over
 * @param patience how long this delivery and others may wait together for a store that asks for pauses; default: its own
 */
export async function deliver(
  spool: Spool,
  limitedStore: RowStore,
  mayTry: (table: string) => boolean = () => true,
  patience?: Patience,
): Promise<Delivery> {
  const store = patientStore(limitedStore, patience);
  const delivery: Delivery = {
    stored: 0,
    buried: 0,
    reasons: new Set(),
    stopped: null,
    refused: new Map(),
    skipped: new Set(),
  };
  /** Sends rows of a table, unless it is refused or paused. Returns whether they were sent. */
  const attempt: Attempt = async (table, sending) => {
    if (!mayTry(table)) delivery.skipped.add(table);
    if (delivery.refused.has(table) || delivery.skipped.has(table)) return false;
    try {
      await sending();
      return true;
    } catch (error) {
      if (!(error instanceof StoreError) || isAboutStore(error)) throw error;
      delivery.refused.set(table, error);
      if (error.kind === 'timeout' && delivery.stored === 0 && timeouts(delivery) >= MOST_TIMEOUTS)
        throw error;
      return false;
    }
  };
  for (const name of await spool.waiting()) {
    try {
      const file = describeFile(name);
      if (file === undefined) await sendRows(name, spool, store, delivery, attempt);
      else await attempt(file.table, () => sendFile(name, file, spool, store, delivery));
    } catch (error) {
      // Another delivery may have sent the segment in the meantime.
      if (isMissingFile(error)) continue;
      if (!(error instanceof StoreError)) throw error;
      // Rows of this segment that are already stored are sent again next time, which changes no total.
      return { ...delivery, stopped: error };
    }
  }
  return delivery;
}

type Attempt = (table: string, sending: () => Promise<void>) => Promise<boolean>;

function timeouts({ refused }: Delivery): number {
  return [...refused.values()].filter(({ kind }) => kind === 'timeout').length;
}

/** Deadline for a Parquet file, milliseconds: it holds as many rows as many requests. */
export const FILE_LIMIT_MS = 120_000;

async function sendRows(
  name: string,
  spool: Spool,
  store: RowStore,
  delivery: Delivery,
  attempt: Attempt,
): Promise<void> {
  // A segment of a paused table need not be read.
  const only = onlyTableOf(name);
  if (only !== null && !(await attempt(only, () => Promise.resolve()))) return;
  const left: SpooledRow[] = [];
  const { rows } = await spool.read(name);
  const known = rows.filter((row) => !isNewer(row));
  for (const row of rows.filter(isNewer))
    await bury({ table: row.table, rows: [row] }, NEWER, spool, delivery);
  for (const batch of batches(known))
    if (!(await attempt(batch.table, () => send(batch, spool, store, delivery)))) left.push(...batch.rows);
  // Nothing was sent. A writer may have dropped it in the meantime, so it is not written again.
  if (only !== null && left.length === rowsOfSegment(name)) return;
  await spool.keepOnly(name, left);
}

/** Why a row with an unknown layout is not sent: the deployed tables lack its new columns, and would lose them. */
const NEWER = `written by a newer version of atel than this one, which knows layout ${SCHEMA_VERSION}: update atel, then atel dead replay`;

/** Whether a row has a layout that this version does not know: a newer version was here before this one. */
function isNewer({ row: { schema_version: version } }: SpooledRow): boolean {
  return typeof version === 'number' && version > SCHEMA_VERSION;
}

/**
 * Sends a Parquet file. It cannot be halved, so if any of its rows is refused, the whole file becomes a dead letter.
 */
async function sendFile(
  name: string,
  { table, rows, layout }: FileSegment,
  spool: Spool,
  store: RowStore,
  delivery: Delivery,
): Promise<void> {
  const file = await spool.readFile(name);
  if (file === undefined) return;
  if (layout > SCHEMA_VERSION) {
    await buryFile(NEWER, rows);
    return;
  }
  try {
    const { quarantined_rows } = await store.append(table, file, { timeoutMs: FILE_LIMIT_MS });
    delivery.stored += rows - quarantined_rows;
    if (quarantined_rows === 0) await spool.remove(name);
    else await buryFile(await quarantineReason(table, store), quarantined_rows);
  } catch (error) {
    if (!(error instanceof StoreError) || reactTo(error) !== 'halve') throw error;
    await buryFile(error.message, rows);
  }

  async function buryFile(reason: string, refused: number): Promise<void> {
    await spool.buryFile(name, reason, refused);
    delivery.buried += refused;
    delivery.reasons.add(`${table}: ${reason}`);
  }
}

interface Batch {
  table: string;
  rows: SpooledRow[];
}

/** Groups rows by table, in order, and cuts them to the size of a request. */
export function batches(rows: readonly SpooledRow[]): Batch[] {
  const done: Batch[] = [];
  const open = new Map<string, { batch: Batch; bytes: number }>();
  for (const row of rows) {
    const bytes = Buffer.byteLength(JSON.stringify(row.row)) + 1;
    let current = open.get(row.table);
    if (current === undefined || current.batch.rows.length >= MAX_ROWS || current.bytes + bytes > MAX_BYTES) {
      current = { batch: { table: row.table, rows: [] }, bytes: 0 };
      open.set(row.table, current);
      done.push(current.batch);
    }
    current.batch.rows.push(row);
    current.bytes += bytes;
  }
  return done;
}

/**
 * Sends a batch. If it holds bad rows, sends its halves, down to each bad row. Throws failures that halving cannot
 * solve.
 */
async function send(batch: Batch, spool: Spool, store: RowStore, delivery: Delivery): Promise<void> {
  let outcome: IngestOutcome;
  try {
    outcome = await store.ingest(
      batch.table,
      batch.rows.map(({ row }) => row),
    );
  } catch (error) {
    if (!(error instanceof StoreError) || reactTo(error) !== 'halve') throw error;
    if (batch.rows.length > 1) return sendHalves(batch, spool, store, delivery);
    return bury(batch, error.message, spool, delivery);
  }
  if (outcome.quarantined_rows === 0) {
    delivery.stored += batch.rows.length;
    return;
  }
  if (batch.rows.length > 1) return sendHalves(batch, spool, store, delivery);
  return bury(batch, await quarantineReason(batch.table, store), spool, delivery);
}

async function sendHalves(
  { table, rows }: Batch,
  spool: Spool,
  store: RowStore,
  delivery: Delivery,
): Promise<void> {
  const middle = Math.ceil(rows.length / 2);
  await send({ table, rows: rows.slice(0, middle) }, spool, store, delivery);
  await send({ table, rows: rows.slice(middle) }, spool, store, delivery);
}

async function bury(batch: Batch, reason: string, spool: Spool, delivery: Delivery): Promise<void> {
  for (const row of batch.rows) await spool.bury(row, reason);
  delivery.buried += batch.rows.length;
  delivery.reasons.add(`${batch.table}: ${reason}`);
}

/** Whether the reason of a dead letter is that the store took the row and put it into quarantine. */
export function isQuarantined(reason: string): boolean {
  return reason.startsWith('quarantined');
}

/**
 * The latest reason in the table's quarantine, which is the one for the rows just sent. The embedded server shows a
 * quarantine to the append token and not to the read token; Tinybird Cloud may do the opposite.
 */
export async function quarantineReason(table: string, store: Pick<RowStore, 'sql'>): Promise<string> {
  const query = `SELECT arrayStringConcat(c__error, '; ') AS reason FROM ${table}_quarantine ORDER BY insertion_date DESC LIMIT 1`;
  const rows = await store
    .sql(query, { token: 'append' })
    .catch((error: unknown) => {
      if (!(error instanceof StoreError) || error.kind !== 'unauthorized') throw error;
      return store.sql(query, { token: 'read' });
    })
    .catch(() => []);
  const reason = rows[0]?.reason;
  return typeof reason === 'string' && reason !== '' ? `quarantined: ${reason}` : 'quarantined by Tinybird';
}
