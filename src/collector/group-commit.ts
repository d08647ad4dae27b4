/** Writes the rows of many senders with one flush. */

/** The disk takes no rows now, or too many are waiting for it: the sender should try again. */
export class NotAccepted extends Error {
  override name = 'NotAccepted';

  constructor(
    readonly reason: 'disk' | 'backlog' | 'closing',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

interface Ticket<T> {
  items: readonly T[];
  done: () => void;
  failed: (error: NotAccepted) => void;
}

/** Most rows per commit, so that a segment stays small enough to be read at once. */
const MAX_ITEMS = 20_000;

/**
 * Writes the rows of many senders together: a flush to disk takes as long for one row as for a thousand, so requests
 * that arrive during a write share the next one.
 */
export class GroupCommit<T> {
  readonly #waiting: Ticket<T>[] = [];
  #waitingItems = 0;
  #running: Promise<void> | undefined;
  #isClosed = false;

  /**
   * @param append writes items to disk; they are safe when it resolves
   * @param maxWaiting most items that wait in memory; beyond that, senders are asked to try again
   */
  constructor(
    private readonly append: (items: readonly T[]) => Promise<void>,
    private readonly maxWaiting = 100_000,
  ) {}

  /** Resolves when the items are safe on disk. Rejects with NotAccepted if none of them is. */
  commit(items: readonly T[]): Promise<void> {
    if (items.length === 0) return Promise.resolve();
    if (this.#isClosed) return Promise.reject(new NotAccepted('closing', 'The collector is stopping'));
    if (this.#waitingItems > 0 && this.#waitingItems + items.length > this.maxWaiting) {
      return Promise.reject(new NotAccepted('backlog', `${this.#waitingItems} rows wait for the disk`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ items, done: resolve, failed: reject });
      this.#waitingItems += items.length;
      this.#running ??= this.#run();
    });
  }

  /** Accepts nothing more and waits until all that was accepted is written. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Waits one turn of the event loop, so that requests read in this turn can join.
    await new Promise<void>((resolve) => setImmediate(resolve));
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      const items = group.flatMap((ticket) => ticket.items);
      try {
        await this.append(items);
        for (const ticket of group) ticket.done();
      } catch (error) {
        const message = `The rows cannot be written: ${error instanceof Error ? error.message : String(error)}`;
        for (const ticket of group) ticket.failed(new NotAccepted('disk', message, { cause: error }));
      } finally {
        this.#waitingItems -= items.length;
      }
    }
    this.#running = undefined;
  }

  #nextGroup(): Ticket<T>[] {
    let size = 0;
    const end = this.#waiting.findIndex(({ items }) => (size += items.length) > MAX_ITEMS);
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(1, end));
  }
}
