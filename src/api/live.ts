/** Tells pages about new data, by polling the store's count of writes. */
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';

/** Poll interval, milliseconds. */
const LOOK_MS = 1_000;

/** Notifies listeners when something new was stored. Polls only while there are listeners. */
export class LiveFeed {
  readonly #listeners = new Set<{ onStored: () => void; onClose: () => void }>();
  #looking: NodeJS.Timeout | undefined;
  #seen = 0;

  /** @param writes a counter that grows with every write to the store */
  constructor(private readonly writes: () => number) {}

  /**
   * Calls `onStored` after writes, at most once per interval, until the returned function or {@link close} is called.
   */
  listen(onStored: () => void, onClose: () => void): () => void {
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
    if (now === this.#seen) return;
    this.#seen = now;
    for (const { onStored } of this.#listeners) onStored();
  }

  #rest(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }
}

/** Answers with server-sent events: `ready` at once, then `stored` whenever something new was stored. */
export function streamLive(c: Context, feed: LiveFeed): Response {
  return streamSSE(c, async (stream) => {
    const tell = (event: string) =>
      stream.writeSSE({ event, data: JSON.stringify({ at: new Date().toISOString() }) });
    await new Promise<void>((resolve) => {
      const leave = feed.listen(() => void tell('stored'), resolve);
      stream.onAbort(() => {
        leave();
        resolve();
      });
      void tell('ready');
    });
  });
}
