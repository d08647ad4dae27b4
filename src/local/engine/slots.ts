import { ApiError } from '../errors.js';
import type { Settings } from '../sql/statement.js';
import type { EngineSession } from './session.js';

/** A session that the engine holds read-only. */
export type Reader = Pick<EngineSession, 'query' | 'close'>;

/** Opens one with these settings. */
export type OpenReader = (settings: Settings) => Promise<Reader>;

/** How many queries may wait for a place, and how long, milliseconds. */
export interface QueueLimits {
  most: number;
  waitMs: number;
}

/** A session for one query. */
export interface Place {
  session: Reader;
  /** To be called when the query has ended. */
  release: () => void;
  /** Gives the place to the next query though this one still runs: its session is closed once it has ended. */
  leave: () => void;
}

/** A place that is used again and again, with the session that was used last. */
interface Slot {
  opened: { key: string; session: Reader } | undefined;
}

interface Waiting {
  run: (slot: Slot) => void;
  refuse: (error: ApiError) => void;
}

/**
 * A fixed number of places in which queries run; whoever finds none free waits in a queue that has an end. A read-only
 * session takes no setting from a query but those it has already, so a place opens another session for a query with
 * other settings than the last one.
 */
export class Slots {
  private readonly free: Slot[];
  private readonly waiting: Waiting[] = [];
  private readonly closing = new Set<Promise<void>>();
  private isClosed = false;
  private running = 0;
  private whenIdle: (() => void) | undefined;

  constructor(
    count: number,
    private readonly openReader: OpenReader,
    private readonly queue: QueueLimits,
  ) {
    this.free = Array.from({ length: count }, () => ({ opened: undefined }));
  }

  /** Whether a query would run at once. */
  get hasFree(): boolean {
    return this.free.length > 0;
  }

  /**
   * Waits for a place with a session that has these settings.
   *
   * @throws {ApiError} 429 where too many wait or the wait is too long, 503 where the engine closes
   */
  async take(settings: Settings): Promise<Place> {
    const slot = await this.nextSlot(settings);
    let isHeld = true;
    const giveBack = (isDone: boolean) => {
      if (!isHeld) return;
      isHeld = false;
      if (!isDone && slot.opened) this.closeLater(slot.opened.session);
      if (!isDone) slot.opened = undefined;
      this.release(slot);
    };
    try {
      const session = await this.sessionOf(slot, settings);
      return { session, release: () => giveBack(true), leave: () => giveBack(false) };
    } catch (error) {
      giveBack(true);
      throw error;
    }
  }

  /** Refuses those that wait, waits for what runs, then closes. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { refuse } of this.waiting.splice(0)) refuse(closed());
    if (this.running > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    await Promise.all(this.free.flatMap(({ opened }) => (opened ? [opened.session.close()] : [])));
    await Promise.all(this.closing);
  }

  private nextSlot(settings: Settings): Promise<Slot> {
    if (this.isClosed) return Promise.reject(closed());
    const key = keyOf(settings);
    const at = this.free.findIndex(({ opened }) => opened?.key === key);
    const unused = at < 0 ? this.free.findIndex(({ opened }) => opened === undefined) : at;
    const [slot] = this.free.splice(Math.max(unused, 0), 1);
    if (slot) {
      this.running += 1;
      return Promise.resolve(slot);
    }
    if (this.waiting.length >= this.queue.most) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(one), 1);
        reject(busy());
      }, this.queue.waitMs);
      const one: Waiting = {
        run: (free) => {
          clearTimeout(timer);
          resolve(free);
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.waiting.push(one);
    });
  }

  private release(slot: Slot): void {
    const next = this.waiting.shift();
    if (next) {
      next.run(slot);
      return;
    }
    this.free.push(slot);
    this.running -= 1;
    if (this.running === 0) this.whenIdle?.();
  }

  private async sessionOf(slot: Slot, settings: Settings): Promise<Reader> {
    const key = keyOf(settings);
    if (slot.opened?.key === key) return slot.opened.session;
    const before = slot.opened?.session;
    slot.opened = undefined;
    await before?.close();
    const session = await this.openReader(settings);
    slot.opened = { key, session };
    return session;
  }

  private closeLater(session: Reader): void {
    const done = session.close().finally(() => this.closing.delete(done));
    this.closing.add(done);
  }
}

function keyOf(settings: Settings): string {
  return JSON.stringify([...settings].sort());
}

function busy(): ApiError {
  return new ApiError(
    429,
    '[Error] Too many queries at once: others run or wait, each up to its time limit. Try again in a few seconds, or send fewer at a time (TOO_MANY_SIMULTANEOUS_QUERIES)',
  );
}

function closed(): ApiError {
  return new ApiError(503, 'The server is stopping');
}
