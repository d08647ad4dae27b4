/**
 * Batches → spool → Tinybird. The road is the one that every row takes; only that a batch is a whole segment of
 * the spool, and that its rows are sent as they were written, without being read from the disk again.
 *
 * A batch that Tinybird took leaves the spool. One that it did not stays there for the drain, which halves what is
 * refused and retries what failed.
 */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createTinybirdClient, type IngestOutcome } from '../client.js';
import type { Config } from '../config.js';
import { privateFolder, writeDurably } from '../spool/files.js';
import { StoreError } from '../store-error.js';
import type { Batch, TableBody } from './batch.js';

/** How long the store may take for one batch, milliseconds: others may be before it. */
const SEND_LIMIT_MS = 120_000;

/** Puts rows of one table into the store; throws a StoreError. */
export type SendLines = (body: TableBody) => Promise<IngestOutcome>;

/** The typed client's ingest for rows that are written already: it is given one row, and what it sends are these. */
export function lineSender(config: Config): SendLines {
  return ({ table, body }) =>
    createTinybirdClient({
      baseUrl: config.tinybird_url,
      token: { append: config.append_token, read: config.read_token },
      timeoutMs: SEND_LIMIT_MS,
      fetch: (input, init) => fetch(input, { ...init, body }),
    }).ingest(table, [{}]);
}

export class Sender {
  /** Batches that are neither stored nor left to the drain. */
  open = 0;
  stored = 0;
  /** What keeps the store from taking rows; null if nothing does. */
  stopped: StoreError | null = null;
  /** Batches that were left in the spool. */
  left = 0;
  /** Milliseconds: writing to the spool, and waiting for the store, summed over the batches. */
  readonly times = { spool: 0, send: 0 };
  readonly #segments: string;
  #waiters: (() => void)[] = [];

  /** @param ready resolves when the store may be asked */
  constructor(
    spoolFolder: string,
    private readonly send: SendLines,
    private readonly ready: Promise<unknown>,
  ) {
    this.#segments = join(spoolFolder, 'segments');
  }

  /** Puts a batch in the spool; resolves when it is on disk. It is sent in the meantime and after. */
  async take(batch: Batch): Promise<void> {
    this.open += 1;
    const started = performance.now();
    let path: string;
    try {
      path = await this.#spool(batch.segment);
    } catch (error) {
      this.#close();
      throw error;
    }
    this.times.spool += performance.now() - started;
    void this.#deliver(path, batch.bodies).finally(() => this.#close());
  }

  /** Resolves when fewer than so many batches are on their way. */
  async below(limit: number): Promise<void> {
    while (this.open >= limit) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #close(): void {
    this.open -= 1;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  async #deliver(path: string, bodies: readonly TableBody[]): Promise<void> {
    await this.ready;
    const started = performance.now();
    try {
      for (const body of bodies) {
        if (this.stopped !== null) throw this.stopped;
        const { quarantined_rows } = await this.send(body);
        if (quarantined_rows > 0) throw new Error('rows were quarantined');
        this.stored += body.rows;
      }
      await rm(path, { force: true });
    } catch (error) {
      this.left += 1;
      // Refused rows are the drain's to find; an outage is one for all.
      if (error instanceof StoreError && error.kind !== 'rejected') this.stopped ??= error;
    } finally {
      this.times.send += performance.now() - started;
    }
  }

  /** A segment of the spool, flushed, under a name as spool.ts gives. */
  async #spool(segment: Uint8Array): Promise<string> {
    await privateFolder(this.#segments);
    const name = `${Date.now().toString().padStart(14, '0')}-${randomBytes(4).toString('hex')}.ndjson`;
    const path = join(this.#segments, name);
    await writeDurably(path, segment);
    return path;
  }
}
