/** Runs queries in one session of the engine. */
import type { Session as ChdbSession } from 'chdb';
import type { Patience } from './patience.js';

export interface QueryResult {
  bytes: Uint8Array;
  rowsRead: number;
  bytesRead: number;
  elapsed: number;
}

/** Runs some work with something before and after it. */
export type Around = <T>(work: () => Promise<T>) => Promise<T>;

/**
 * One chDB session, used by one query at a time.
 *
 * chDB keeps the output that a failed query had already written and prepends it to the next result of the same session.
 * So after a failure that output is read and dropped before the session is used again.
 */
export class EngineSession {
  private tail: Promise<unknown> = Promise.resolve();

  /** @param patience for callers who must not wait forever for a statement */
  constructor(
    private readonly session: ChdbSession,
    private readonly patience?: Patience,
  ) {}

  /** @param around wraps the statement itself, without its wait for the statements before it */
  query(sql: string, format: string, around: Around = (work) => work()): Promise<QueryResult> {
    return this.run(async () => {
      const result = await around(() => this.session.queryAsync(sql, { format }));
      return {
        bytes: result.bytes(),
        rowsRead: result.rowsRead,
        bytesRead: result.bytesRead,
        elapsed: result.elapsed,
      };
    });
  }

  insert(table: string, body: Buffer, settings: Record<string, string | number>): Promise<void> {
    return this.run(async () => {
      await this.session.insert({ table, values: body, format: 'JSONEachRow', settings });
    });
  }

  /** Waits for the running statement, then closes. */
  async close(): Promise<void> {
    await this.tail.catch(() => undefined);
    this.session.close();
  }

  private run<T>(work: () => Promise<T>): Promise<T> {
    // In an object, because `then` would otherwise wait for the inner promise too.
    const started = this.tail.then(() => ({ result: this.cleanly(work) }));
    this.tail = started.then(({ result }) => result).catch(() => undefined);
    return started.then(({ result }) => this.patience?.resultOf(result) ?? result);
  }

  private async cleanly<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      await this.session.queryAsync('SELECT 1', { format: 'TSV' }).catch(() => undefined);
      throw error;
    }
  }
}
