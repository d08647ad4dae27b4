/** Tells pages which tables have new rows, by polling the store's counts of writes. */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Poll interval, milliseconds. */
const LOOK_MS = 1_000;

/** A count for each table of the store that grows with every write to it. */
export type Writes = ReadonlyMap<string, number>;

/** Gets the names of the tables that were written to. */
type OnStored = (tables: readonly string[]) => void;

/** Notifies listeners when something new was stored. Polls only while there are listeners. */
export class LiveFeed {
  readonly #listeners = new Set<{ onStored: OnStored; onClose: () => void }>();
  #looking: NodeJS.Timeout | undefined;
  #seen: Writes = new Map();

  /** @param writes reads the counts */
  constructor(private readonly writes: () => Writes) {}

  /**
   * Calls `onStored` after writes, at most once per interval, until the returned function or {@link close} is called.
   */
  listen(onStored: OnStored, onClose: () => void): () => void {
    const listener = { onStored, onClose };
    this.#listeners.add(listener);
    if (this.#looking === undefined) {
      this.#seen = this.writes();
      this.#looking = setInterval(() => this.#look(), LOOK_MS);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  /** Number of listeners. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** Tells all listeners that nothing more will come. */
  close(): void {
    for (const { onClose } of this.#listeners) onClose();
    this.#listeners.clear();
    this.#rest();
  }

  #look(): void {
    const now = this.writes();
    const tables = [...now].flatMap(([table, count]) => (count === this.#seen.get(table) ? [] : [table]));
    this.#seen = now;
    if (tables.length > 0) for (const { onStored } of this.#listeners) onStored(tables);
  }

  #rest(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}

/** The tables that each address reads, by its path. */
export type LiveReads = Readonly<Record<string, readonly string[]>>;

/** The server-sent events and their data. */
export interface LiveEvents {
  ready: { at: string; reads: LiveReads };
  stored: { at: string; tables: readonly string[] };
}

/**
 * Answers with server-sent events: `ready` at once, with the tables that each address reads, then `stored` with the
 * tables that were written to.
 */
export function streamLive(c: Context, feed: LiveFeed, reads: LiveReads): Response {
  return streamSSE(c, async (stream) => {
    const tell = <E extends keyof LiveEvents>(event: E, facts: Omit<LiveEvents[E], 'at'>) =>
      stream.writeSSE({ event, data: JSON.stringify({ at: new Date().toISOString(), ...facts }) });
    await new Promise<void>((resolve) => {
      const leave = feed.listen((tables) => void tell('stored', { tables }), resolve);
      stream.onAbort(() => {
        leave();
        resolve();
      });
      void tell('ready', { reads });
    });
  });
}
