/** Stops a running query whose client has gone. */
import { ApiError } from '../errors.js';

/** How often a query that still runs is told to stop, milliseconds: it may not have begun at the first time. */
const AGAIN_MS = 200;

/**
 * Runs queries that end when nobody waits for their answer any more. The engine finds a query by the comment that it
 * begins with.
 */
export class Stopper {
  #count = 0;

  /** @param kill runs a statement besides the queries */
  constructor(private readonly kill: (statement: string) => Promise<unknown>) {}

  /** @param run runs the SQL that it is given */
  async run<T>(sql: string, signal: AbortSignal, run: (sql: string) => Promise<T>): Promise<T> {
    refuseGone(signal);
    const mark = `/* question ${(this.#count += 1)} */`;
    const statement = `KILL QUERY WHERE startsWith(query, '${mark}') ASYNC`;
    let again: NodeJS.Timeout | undefined;
    const stop = () => {
      const tell = () => void this.kill(statement).catch(() => undefined);
      tell();
      again = setInterval(tell, AGAIN_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await run(`${mark} ${sql}`);
    } finally {
      signal.removeEventListener('abort', stop);
      clearInterval(again);
    }
  }
}

/** @throws {ApiError} if the client of a query has gone, so that the query need not begin */
export function refuseGone(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw gone();
}

/** The answer to a query whose client has gone; nobody reads it. */
export function gone(): ApiError {
  return new ApiError(408, 'The client closed the connection before the query ended');
}
