/** A queue of queries: decides which query of one kind runs when, short ones first. (patience.ts: how long one may take.) */
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
  /** A query that the engine has not stopped this long after its quick time gives up its slot, milliseconds. */
  quickGraceMs: number;
  /** Queues of waiting quick and slow queries. */
  quickQueue: QueueLimits;
  slowQueue: QueueLimits;
  /** Most queries that may keep running after they gave up their slot. */
  mostLeft: number;
}

/** Threads of a process that are not for queries of users: file access and the writing session. */
const OTHER_THREADS = 5;

/** Number of lanes of an engine. */
const LANES = 2;

/**
 * The shape of each lane in a process with that many threads in Node's pool. Every running query occupies one, also a
 * query that has given up its slot because the engine cannot stop it; the others are still answered as long as a thread
 * is left.
 */
export function shapeFor(threads: number): LaneShape {
  const places = threads >= 16 ? 2 : 1;
  return {
    quick: places,
    slow: places,
    mostLeft: Math.max(1, Math.floor((threads - OTHER_THREADS) / LANES) - 2 * places),
    quickMs: 2_000,
    quickGraceMs: 500,
    quickQueue: { most: 32, waitMs: 30_000 },
    slowQueue: { most: 8, waitMs: 30_000 },
  };
}

/** A query, and the signal that its client has gone. */
interface Query {
  sql: string;
  format: string;
  signal: AbortSignal | undefined;
}

/** How often a query that the engine cannot stop tries to give up its slot, milliseconds. */
const LEAVE_AGAIN_MS = 500;

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
  async read(sql: string, format: string, settings: Settings, signal?: AbortSignal): Promise<QueryResult> {
    const query = { sql, format, signal };
    if (this.shape.quickMs < this.limits.runMs && !this.slow.hasFree) {
      const answer = await this.tryQuickly(query, settings);
      if (answer !== undefined) return answer;
    }
    const place = await this.slow.take(settings, signal);
    return this.patience.resultOf(this.runIn(place, this.limits.runMs + this.limits.graceMs, query));
  }

  /** Number of queries that wait for a slot. */
  get waiting(): number {
    return this.quick.waiting + this.slow.waiting;
  }

  /** Refuses waiting queries, waits for running ones, then closes. */
  async close(): Promise<void> {
    await Promise.all([this.quick.close(), this.slow.close()]);
  }

  /** The result, or undefined if the engine stopped the query at the end of its short time. */
  private async tryQuickly(query: Query, settings: Settings): Promise<QueryResult | undefined> {
    const place = await this.quick.take(settings, query.signal);
    const started = performance.now();
    try {
      const { quickMs, quickGraceMs } = this.shape;
      return await this.patience.resultOf(this.runIn(place, quickMs + quickGraceMs, query));
    } catch (error) {
      const hadItsTime = performance.now() - started >= this.limits.runMs;
      if (engineCode(error) === TIMEOUT && !hadItsTime) return undefined;
      throw error;
    }
  }

  /** @param leaveMs the query gives up its slot if it still runs after this long */
  private runIn(place: Place, leaveMs: number, { sql, format, signal }: Query): Promise<QueryResult> {
    const query = place.session.query(sql, format, signal);
    let hasLeft = false;
    const leave = () => {
      // The engine cannot stop the query: it gives its slot to others, as long as there are few such queries.
      if (this.left >= this.shape.mostLeft) {
        timer = setTimeout(leave, LEAVE_AGAIN_MS);
        return;
      }
      this.left += 1;
      hasLeft = true;
      place.leave();
    };
    let timer = setTimeout(leave, leaveMs);
    const ended = () => {
      clearTimeout(timer);
      if (hasLeft) this.left -= 1;
      place.release();
    };
    query.then(ended, ended);
    return query;
  }
}
