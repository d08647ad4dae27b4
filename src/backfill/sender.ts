/**
 * Batches → spool → Tinybird. The road is the one that every row takes; only that the rows of a table are a whole
 * segment of the spool, and that they are sent as they were written, without being read from the disk again.
 *
 * A batch that Tinybird took leaves the spool. One that it did not stays there for the drain, which sets aside what is
 * refused and retries what failed.
 */
import { configuredClient, type AppendOutcome } from '../client.js';
import type { Config } from '../config.js';
import { FILE_LIMIT_MS } from '../spool/deliver.js';
import type { Spool } from '../spool/spool.js';
import { StoreError } from '../store-error.js';
import type { TableFile } from './batch.js';

/** Puts rows of one table into the store; throws a StoreError. */
export type SendFile = (file: TableFile) => Promise<AppendOutcome>;

export function fileSender(config: Config): SendFile {
  const client = configuredClient(config, { timeoutMs: FILE_LIMIT_MS });
  return ({ table, file }) => client.append(table, file);
}

/** The rows of a table where they wait in the spool. */
interface Segment {
  name: string;
  file: TableFile;
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
  #waiters: (() => void)[] = [];

  /** @param ready resolves when the store may be asked */
  constructor(
    private readonly spool: Spool,
    private readonly send: SendFile,
    private readonly ready: Promise<unknown>,
  ) {}

  /** Puts a batch in the spool; resolves when it is on disk. It is sent in the meantime and after. */
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

  async #deliver(segments: readonly Segment[]): Promise<void> {
    await this.ready;
    const started = performance.now();
    try {
      for (const { name, file } of segments) {
        if (this.stopped !== null) throw this.stopped;
        const { quarantined_rows } = await this.send(file);
        // Rows that do not fit stay in the table's quarantine.
        this.stored += file.rows - quarantined_rows;
        await this.spool.remove(name);
      }
    } catch (error) {
      this.left += 1;
      // A refused file is the drain's to set aside; an outage is one for all.
      if (error instanceof StoreError && error.kind !== 'rejected') this.stopped ??= error;
    } finally {
      this.times.send += performance.now() - started;
    }
  }
}
