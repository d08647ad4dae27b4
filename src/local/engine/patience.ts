import type { ApiError } from '../errors.js';

/** How long queries may run and what they may outlive, milliseconds. */
export interface QueryLimits {
  /** The engine is told to end a query after so long. */
  runMs: number;
  /** Its client is answered so long after that, ended or not. */
  graceMs: number;
  /** So long after its client was answered, a query that still runs is taken to run for ever. */
  patienceMs: number;
}

/**
 * Answers queries in time. The engine looks at its time limit between blocks of rows only: a heavy regular
 * expression or a sort of one large array runs on, and nothing short of the end of the process stops it.
 */
export class Patience {
  /**
   * @param tooLate what is answered for a query that does not end
   * @param onHopeless is called when one runs for ever: only the end of the process stops it
   */
  constructor(
    private readonly limits: QueryLimits,
    private readonly tooLate: (runMs: number) => ApiError,
    private readonly onHopeless: () => void,
  ) {}

  /**
   * The result of a query that runs, if it ends in time.
   *
   * @throws {ApiError} where it does not end
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
