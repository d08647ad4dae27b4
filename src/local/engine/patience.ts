import type { ApiError } from '../errors.js';

/** How long queries may run, and what happens when they do not end, milliseconds. */
export interface QueryLimits {
  /** Time limit after which the engine is told to cancel a query. */
  runMs: number;
  /** Time after the limit until the client gets an answer, whether the query has ended or not. */
  graceMs: number;
  /** Time after that answer until a query that is still running counts as endless. */
  patienceMs: number;
}

/**
 * Answers queries in time. The engine checks its time limit only between blocks of rows: a heavy regular expression or
 * a sort of one large array runs on, and only ending the process stops it.
 */
export class Patience {
  /**
   * @param tooLate the error for a query that does not end
   * @param onHopeless is called for an endless query: only ending the process stops it
   */
  constructor(
    private readonly limits: QueryLimits,
    private readonly tooLate: (runMs: number) => ApiError,
    private readonly onHopeless: () => void,
  ) {}

  /**
   * The result of a running query if it ends in time.
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
