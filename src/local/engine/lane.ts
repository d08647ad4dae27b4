/** Runs the queries of one kind: short ones first, long ones in a few slots of their own. */
import { engineCode } from './engine-error.js';
import type { Patience, QueryLimits } from './patience.js';
import type { QueryResult } from './session.js';
import { Slots, type OpenReader, type Place, type QueueLimits } from './slots.js';
import type { Settings } from '../sql/statement.js';

/** How a lane divides its sessions. */
export interface LaneShape {
  /** Number of quick and of slow queries at a time. */
  quick: number;
  slow: number;
  /** A query that takes longer than this, milliseconds, must wait for a slow slot. */
  quickMs: number;
  /** Queues of waiting quick and slow queries. */
  quickQueue: QueueLimits;
  slowQueue: QueueLimits;
  /** Most queries that may keep running after they gave up their slot. */
  mostLeft: number;
}

/** ClickHouse's TIMEOUT_EXCEEDED. */
const TIMEOUT = 159;

/**
 * The read-only sessions for one kind of query. How long a query takes is unknown in advance. So if no slow slot is
 * free, a query first gets a short time; if it has not ended by then, it is stopped and waits for a slow slot, where it
 * may use its whole time. So a cheap query never waits for the end of an expensive one.
 */
export class Lane {
  private readonly quick: Slots;
  private readonly slow: Slots;
  private left = 0;

  /** @param open opens a session whose queries the engine stops after the given time, milliseconds */
  constructor(
    private readonly shape: LaneShape,
    private readonly limits: QueryLimits,
    open: (runMs: number) => OpenReader,
    private readonly patience: Patience,
  ) {
    this.quick = new Slots(shape.quick, open(shape.quickMs), shape.quickQueue);
    this.slow = new Slots(shape.slow, open(limits.runMs), shape.slowQueue);
  }

  /** Runs a query. @throws {ApiError} 408 if it does not end in time, 429 if too many queries wait. */
  async read(sql: string, format: string, settings: Settings): Promise<QueryResult> {
    if (this.shape.quickMs < this.limits.runMs && !this.slow.hasFree) {
      const answer = await this.tryQuickly(sql, format, settings);
      if (answer !== undefined) return answer;
    }
    const place = await this.slow.take(settings);
    return this.patience.resultOf(this.runIn(place, this.limits.runMs, sql, format));
  }

  /** Refuses waiting queries, waits for running ones, then closes. */
  async close(): Promise<void> {
    await Promise.all([this.quick.close(), this.slow.close()]);
  }

  /** The result, or undefined if the engine stopped the query at the end of its short time. */
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
      // The engine cannot stop the query: it gives its slot to others, as long as there are few such queries.
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
