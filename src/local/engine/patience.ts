import { ApiError } from '../errors.js';

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
  private overdue = 0;

  /**
   * @param most so many queries may run on at a time
   * @param onHopeless is called when there are more, or when one runs for ever: only a new process can go on
   */
  constructor(
    private readonly limits: QueryLimits,
    private readonly most: number,
    private readonly onHopeless: () => void,
  ) {}

  /**
   * The result of a query that runs, if it ends in time.
   *
   * @param onOverdue is called when it did not, before the error
   * @throws {ApiError} 408 where it does not end
   */
  async resultOf<T>(query: Promise<T>, onOverdue: () => void = () => undefined): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.watch(query);
        onOverdue();
        reject(overrun(this.limits.runMs));
      }, this.limits.runMs + this.limits.graceMs);
    });
    try {
      return await Promise.race([query, tooLate]);
    } finally {
      clearTimeout(timer);
    }
  }

  private watch(query: Promise<unknown>): void {
    this.overdue += 1;
    if (this.overdue >= this.most) this.onHopeless();
    const timer = setTimeout(this.onHopeless, this.limits.patienceMs);
    const ended = () => {
      clearTimeout(timer);
      this.overdue -= 1;
    };
    query.then(ended, ended);
  }
}

function overrun(runMs: number): ApiError {
  return new ApiError(
    408,
    `[Error] Timeout exceeded: the query did not end within ${runMs / 1000} s, nor when it was told to: ask for less at a time (TIMEOUT_EXCEEDED)`,
  );
}
