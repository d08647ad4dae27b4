/** Tells pages which tables have new rows, by polling the store's counts of writes. */
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Poll interval, milliseconds. */
const LOOK_MS = 1_000;
/** A silent connection gets a comment this often, milliseconds, so that a proxy does not close it. */
const BEAT_MS = 15_000;
/** How long a client waits before it connects again, milliseconds. */
const RETRY_MS = 2_000;
/** How many announcements are remembered for clients that were away. */
const REMEMBERED = 1_000;

/** A count for each table of the store that grows with every write to it. */
export type Writes = ReadonlyMap<string, number>;

/** What was stored, with an id that names its place in the order of all announcements. */
interface Announcement {
  id: string;
  tables: readonly string[];
}

type OnStored = (announcement: Announcement) => void;

/** Notifies listeners when something new was stored. Polls only while there are listeners. */
export class LiveFeed {
  readonly #listeners = new Set<{ onStored: OnStored; onClose: () => void }>();
  /** The ids of another run of the server are unknown to this one. */
  readonly #run = randomUUID();
  readonly #announced: (readonly string[])[] = [];
  /** Announcements that are no longer remembered. */
  #forgotten = 0;
  #looking: NodeJS.Timeout | undefined;
  #seen: Writes | undefined;

  /** @param writes reads the counts */
  constructor(private readonly writes: () => Writes) {}

  /**
   * Calls `onStored` after writes, at most once per interval, until the returned function or {@link close} is called.
   */
  listen(onStored: OnStored, onClose: () => void): () => void {
    const listener = { onStored, onClose };
    // What was stored while nobody listened is announced to nobody, but clients that come back are told.
    if (this.#looking === undefined) {
      this.#look();
      this.#looking = setInterval(() => this.#look(), LOOK_MS);
    }
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#rest();
    };
  }

  /** Number of listeners. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /** The id of the newest announcement. */
  get newest(): string {
    return `${this.#run}-${this.#forgotten + this.#announced.length}`;
  }

  /** The tables that were announced after an id; null if the id is not known any more, or never was. */
  since(id: string | undefined): readonly string[] | null {
    const place = id?.startsWith(`${this.#run}-`) === true ? Number(id.slice(this.#run.length + 1)) : NaN;
    if (!(place >= this.#forgotten)) return null;
    return [...new Set(this.#announced.slice(place - this.#forgotten).flat())];
  }

  /** Tells all listeners that nothing more will come. */
  close(): void {
    for (const { onClose } of this.#listeners) onClose();
    this.#listeners.clear();
    this.#rest();
  }

  #look(): void {
    const now = this.writes();
    const seen = this.#seen ?? now;
    this.#seen = now;
    const tables = [...now].flatMap(([table, count]) => (count === seen.get(table) ? [] : [table]));
    if (tables.length === 0) return;
    this.#announced.push(tables);
    if (this.#announced.length > REMEMBERED) {
      this.#announced.shift();
      this.#forgotten += 1;
    }
    for (const { onStored } of this.#listeners) onStored({ id: this.newest, tables });
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
  /** `missed`: the tables that something was stored in since the client's last event; null if that is not known. */
  ready: { at: string; reads: LiveReads; missed: readonly string[] | null };
  stored: { at: string; tables: readonly string[] };
}

/**
 * Answers with server-sent events: `ready` at once, with the tables that each address reads, then `stored` with the
 * tables that were written to. A client that comes back with the id of its last event (Last-Event-ID) is told what it
 * missed.
 */
export function streamLive(c: Context, feed: LiveFeed, reads: LiveReads): Response {
  return streamSSE(c, async (stream) => {
    const tell = <E extends keyof LiveEvents>(event: E, id: string, facts: Omit<LiveEvents[E], 'at'>) =>
      stream.writeSSE({
        event,
        id,
        retry: RETRY_MS,
        data: JSON.stringify({ at: new Date().toISOString(), ...facts }),
      });
    let beat: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      const leave = feed.listen(({ id, tables }) => void tell('stored', id, { tables }), resolve);
      stream.onAbort(() => {
        leave();
        resolve();
      });
      void tell('ready', feed.newest, { reads, missed: feed.since(c.req.header('last-event-id')) });
      beat = setInterval(() => void stream.write(': still here\n\n'), BEAT_MS);
    });
    clearInterval(beat);
  });
}
