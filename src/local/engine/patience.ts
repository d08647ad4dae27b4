/** A stopwatch of one running query: its client gets an answer in time, even if the engine cannot stop the query. */
import type { ApiError } from '../errors.js';

/** Time limits of queries, milliseconds. */
export interface QueryLimits {
  /** The engine is told to stop a query after this long. */
  runMs: number;
  /** After this much more time the client gets an answer, whether the query has ended or not. */
  graceMs: number;
  /** A query that still runs this long after its client was answered is assumed to run forever. */
  patienceMs: number;
}

/**
 * Answers queries in time. The engine checks its time limit only between blocks of rows: a heavy regular expression or
 * the sort of one large array keeps running, and only the end of the process stops it.
 */
export class Patience {
  /**
   * @param tooLate makes the answer for a query that does not end in time
   * @param onHopeless is called when a query runs forever: only the end of the process stops it
   */
  constructor(
    private readonly limits: QueryLimits,
    private readonly tooLate: (runMs: number) => ApiError,
    private readonly onHopeless: () => void,
  ) {}

  /**
   * The result of a running query, if it ends in time.
   *
   * @throws {ApiError} if it does not
   */
  async resultOf<T>(query: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.watch(query);
        reject(this.tooLate(this.limits.runMs));
      }, this.limits.runMs + this.limits.graceMs);
    });
    try {
      return await Promise.race([query, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  private watch(query: Promise<unknown>): void {
    const timer = setTimeout(this.onHopeless, this.limits.patienceMs);
    const ended = () => clearTimeout(timer);
    query.then(ended, ended);
  }
}
