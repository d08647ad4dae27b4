/**
 * Batches → spool → Tinybird. All rows take this way; but here, the rows of a table are a complete segment of the
 * spool, and they are sent from memory without being read from the disk again.
 *
 * A batch that Tinybird stored is removed from the spool. Any other batch stays there for the drain, which sets refused
 * rows aside and retries after failures.
 */
import { configuredClient } from '../store/client.js';
import { httpFetch } from '../store/http-fetch.js';
import type { AppendOutcome } from '../store/client-types.js';
import type { Config } from '../base/config.js';
import { FILE_LIMIT_MS, quarantineReason } from '../spool/deliver.js';
import { OF_BACKFILL, Patience, patientStore } from '../spool/patient-store.js';
import { isAboutStore } from '../spool/retry-policy.js';
import type { Spool } from '../spool/spool.js';
import { StoreError } from '../store/store-error.js';
import type { TableFile } from './batch.js';

/** Sends the rows of one table to the store; throws a StoreError. */
export type SendFile = (file: TableFile) => Promise<AppendOutcome>;

export function fileSender(config: Config): SendFile {
  const client = configuredClient(config, { timeoutMs: FILE_LIMIT_MS, fetch: httpFetch });
  const store = patientStore(client, new Patience(undefined, OF_BACKFILL));
  return ({ table, file }) => store.append(table, file);
}

/** Why the rows of a table in the last request were quarantined. */
export type AskReason = (table: string) => Promise<string>;

export function reasonAsker(config: Config): AskReason {
  const client = configuredClient(config);
  return (table) => quarantineReason(table, client);
}

/** The rows of a table as a segment of the spool. */
interface Segment {
  name: string;
  file: TableFile;
}

export class Sender {
  /** Batches that are neither stored nor left to the drain yet. */
  open = 0;
  stored = 0;
  /** Why the store takes no rows; null if it does. */
  stopped: StoreError | null = null;
  /** Files that the store refused; the drain sets the bad rows aside. */
  left = 0;
  /** Number of quarantined rows and the reason, per table. */
  readonly quarantined = new Map<string, { rows: number; reason: string }>();
  /** Tables that the store refuses. Their files stay in the spool. */
  readonly refused = new Map<string, StoreError>();
  /** Milliseconds spent writing to the spool and waiting for the store, summed over the batches. */
  readonly times = { spool: 0, send: 0 };
  #waiters: (() => void)[] = [];

  /** @param ready resolves when the store can be asked, or with the reason why it takes nothing */
  constructor(
    private readonly spool: Spool,
    private readonly send: SendFile,
    private readonly reasonOf: AskReason,
    private readonly ready: Promise<StoreError | null>,
  ) {}

  /** Puts a batch in the spool; resolves when it is on disk. Sending starts meanwhile and continues after that. */
  async take(batch: readonly TableFile[]): Promise<void> {
    this.open += 1;
    const started = performance.now();
    let segments: Segment[];
    try {
      segments = await Promise.all(
        batch.map(async (file) => ({
          name: await this.spool.putFile(file.table, file.file, file.rows, file.redacted),
          file,
        })),
      );
    } catch (error) {
      this.#close();
      throw error;
    }
    this.times.spool += performance.now() - started;
    void this.#deliver(segments).finally(() => this.#close());
  }

  /** Resolves when fewer than `limit` batches are on their way. */
  async below(limit: number): Promise<void> {
    while (this.open >= limit) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #close(): void {
    this.open -= 1;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }

  async #deliver(segments: readonly Segment[]): Promise<void> {
    this.stopped ??= await this.ready;
    const started = performance.now();
    for (const segment of segments) {
      // An outage concerns all tables.
      if (this.stopped !== null) break;
      if (!this.refused.has(segment.file.table)) await this.#sendOne(segment);
    }
    // If two tables are refused and nothing was stored, the store or the token is wrong.
    if (this.stored === 0 && this.refused.size > 1) this.stopped ??= [...this.refused.values()][0] ?? null;
    this.times.send += performance.now() - started;
  }

  async #sendOne({ name, file }: Segment): Promise<void> {
    const { table, rows } = file;
    try {
      const { quarantined_rows } = await this.send(file);
      this.stored += rows - quarantined_rows;
      if (quarantined_rows === 0) await this.spool.remove(name);
      else await this.#setAside(name, table, quarantined_rows);
    } catch (error) {
      // Any other error is one of the disk: the file is left to the drain.
      if (!(error instanceof StoreError) || error.kind === 'rejected') this.left += 1;
      else if (isAboutStore(error)) this.stopped ??= error;
      else this.refused.set(table, error);
    }
  }

  async #setAside(name: string, table: string, rows: number): Promise<void> {
    const reason = await this.reasonOf(table);
    const before = this.quarantined.get(table)?.rows ?? 0;
    this.quarantined.set(table, { rows: before + rows, reason });
    await this.spool.buryFile(name, reason, rows);
  }
}
