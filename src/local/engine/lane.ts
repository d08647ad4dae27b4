import { engineCode } from './engine-error.js';
import type { Patience, QueryLimits } from './patience.js';
import type { QueryResult } from './session.js';
import { Slots, type OpenReader, type Place, type QueueLimits } from './slots.js';
import type { Settings } from '../sql/statement.js';

/** How a lane divides its sessions. */
export interface LaneShape {
  /** Queries of each kind at a time. */
  quick: number;
  slow: number;
  /** A query that takes longer than so long, milliseconds, has to wait among the slow ones. */
  quickMs: number;
  /** Queries that wait for one of either kind. */
  quickQueue: QueueLimits;
  slowQueue: QueueLimits;
  /** Queries that may hold no place of theirs any more and run on all the same. */
  mostLeft: number;
}

/** ClickHouse's TIMEOUT_EXCEEDED. */
const TIMEOUT = 159;

/**
 * The read-only sessions of one kind of question. How long a query takes nobody knows before, so that all but the
 * first few get a short time at first: what is not done by then is stopped, and waits for one of the places in which
 * it may take its whole time. So a cheap query never waits for the end of an expensive one.
 */
export class Lane {
  private readonly quick: Slots;
  private readonly slow: Slots;
  private left = 0;

  /** @param open opens a session whose queries the engine ends after so many milliseconds */
  constructor(
    private readonly shape: LaneShape,
    private readonly limits: QueryLimits,
    open: (runMs: number) => OpenReader,
    private readonly patience: Patience,
  ) {
    this.quick = new Slots(shape.quick, open(shape.quickMs), shape.quickQueue);
    this.slow = new Slots(shape.slow, open(limits.runMs), shape.slowQueue);
  }

  /** Runs a query. @throws {ApiError} 408 where it does not end in time, 429 where too many wait. */
  async read(sql: string, format: string, settings: Settings): Promise<QueryResult> {
    if (this.shape.quickMs < this.limits.runMs && !this.slow.hasFree) {
      const answer = await this.tryQuickly(sql, format, settings);
      if (answer !== undefined) return answer;
    }
    const place = await this.slow.take(settings);
    return this.patience.resultOf(this.runIn(place, this.limits.runMs, sql, format));
  }

  /** Refuses those that wait, waits for what runs, then closes. */
  async close(): Promise<void> {
    await Promise.all([this.quick.close(), this.slow.close()]);
  }

  /** The result, or undefined where the engine ended the query because its short time was over. */
  private async tryQuickly(
    sql: string,
    format: string,
    settings: Settings,
  ): Promise<QueryResult | undefined> {
    const place = await this.quick.take(settings);
    const started = performance.now();
    try {
      return await this.patience.resultOf(this.runIn(place, this.shape.quickMs, sql, format));
    } catch (error) {
      const hadItsTime = performance.now() - started >= this.limits.runMs;
      if (engineCode(error) === TIMEOUT && !hadItsTime) return undefined;
      throw error;
    }
  }

  private runIn(place: Place, runMs: number, sql: string, format: string): Promise<QueryResult> {
    const query = place.session.query(sql, format);
    let hasLeft = false;
    const timer = setTimeout(() => {
      // The engine cannot end it: it gives its place to others, as long as few do so.
      if (this.left >= this.shape.mostLeft) return;
      this.left += 1;
      hasLeft = true;
      place.leave();
    }, runMs + this.limits.graceMs);
    const ended = () => {
      clearTimeout(timer);
      if (hasLeft) this.left -= 1;
      place.release();
    };
    query.then(ended, ended);
    return query;
  }
}
