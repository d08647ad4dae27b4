/** A pool of slots with read-only sessions, and a bounded queue for them. */
import { ApiError } from '../errors.js';
import type { Settings } from '../sql/statement.js';
import type { EngineSession, QueryResult } from './session.js';
import { gone } from './stopper.js';

/** A session that the engine holds read-only. */
export interface Reader extends Pick<EngineSession, 'close'> {
  /** @param signal if the client has gone before the query begins, the query is refused */
  query(sql: string, format: string, signal?: AbortSignal): Promise<QueryResult>;
}

/** Opens a session with these settings. */
export type OpenReader = (settings: Settings) => Promise<Reader>;

/** How many queries may wait for a slot, and how long, milliseconds. */
export interface QueueLimits {
  most: number;
  waitMs: number;
}

/** A session for one query. */
export interface Place {
  session: Reader;
  /** Call it when the query has ended. */
  release: () => void;
  /** Gives the slot to the next query while this one still runs: its session is closed when it ends. */
  leave: () => void;
}

/** A slot, with the session that was used last. */
interface Slot {
  opened: { key: string; session: Reader } | undefined;
}

interface Waiting {
  run: (slot: Slot) => void;
  refuse: (error: ApiError) => void;
}

/**
 * A fixed number of slots in which queries run; if none is free, a query waits in a bounded queue. A read-only session
 * does not accept new settings, so for a query with other settings than the last one, the slot opens another session.
 */
export class Slots {
  private readonly free: Slot[];
  private readonly queued: Waiting[] = [];
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

  /** Number of queries that wait. */
  get waiting(): number {
    return this.queued.length;
  }

  /** Whether a query would run at once. */
  get hasFree(): boolean {
    return this.free.length > 0;
  }

  /**
   * Waits for a slot with a session that has these settings.
   *
   * @param signal ends the wait
   * @throws {ApiError} 429 if too many wait or the wait is too long, 503 if the engine closes
   */
  async take(settings: Settings, signal?: AbortSignal): Promise<Place> {
    const slot = await this.nextSlot(settings, signal);
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

  /** Refuses waiting queries, waits for running ones, then closes. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { refuse } of this.queued.splice(0)) refuse(closed());
    if (this.running > 0) await new Promise<void>((resolve) => (this.whenIdle = resolve));
    await Promise.all(this.free.flatMap(({ opened }) => (opened ? [opened.session.close()] : [])));
    await Promise.all(this.closing);
  }

  private nextSlot(settings: Settings, signal?: AbortSignal): Promise<Slot> {
    if (this.isClosed) return Promise.reject(closed());
    if (signal?.aborted === true) return Promise.reject(gone());
    const key = keyOf(settings);
    const at = this.free.findIndex(({ opened }) => opened?.key === key);
    const unused = at < 0 ? this.free.findIndex(({ opened }) => opened === undefined) : at;
    const [slot] = this.free.splice(Math.max(unused, 0), 1);
    if (slot) {
      this.running += 1;
      return Promise.resolve(slot);
    }
    if (this.queued.length >= this.queue.most) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const giveUp = (error: ApiError) => {
        this.queued.splice(this.queued.indexOf(one), 1);
        one.refuse(error);
      };
      const leave = () => giveUp(gone());
      const timer = setTimeout(() => giveUp(busy()), this.queue.waitMs);
      const ended = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', leave);
      };
      const one: Waiting = {
        run: (free) => {
          ended();
          resolve(free);
        },
        refuse: (error) => {
          ended();
          reject(error);
        },
      };
      this.queued.push(one);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  private release(slot: Slot): void {
    const next = this.queued.shift();
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
