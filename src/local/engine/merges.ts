/** Merges go on when no file has come for this long, milliseconds: a query is likely to follow the last file. */
const QUIET_MS = 5_000;

/** They go on after this long in any case: a table must not have too many parts. */
const LONGEST_MS = 15_000;

/**
 * Controls when the parts of a table are merged. While files come in, its merges wait: each would slow down the import,
 * and its result is merged again after the next file.
 */
export class Merges {
  readonly #held = new Set<string>();
  #heldSince = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param allow allows or stops the merges of a table */
  constructor(private readonly allow: (table: string, merges: boolean) => Promise<unknown>) {}

  /** Stops the merges of tables that are about to receive a file. */
  async hold(tables: readonly string[]): Promise<void> {
    const now = performance.now();
    if (this.#held.size === 0) this.#heldSince = now;
    if (now - this.#heldSince < LONGEST_MS) this.#releaseLater();
    // All tables are requested at once, here and below, so that a later request comes after all of them.
    const others = tables.filter((table) => !this.#held.has(table));
    for (const table of others) this.#held.add(table);
    await Promise.all(others.map((table) => this.allow(table, false)));
  }

  /** Lets merges go on, before a table is changed: the change waits for them. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    const tables = [...this.#held];
    this.#held.clear();
    await Promise.all(tables.map((table) => this.allow(table, true)));
  }

  /** Stops the timer when the engine closes. */
  close(): void {
    clearTimeout(this.#timer);
    this.#held.clear();
  }

  #releaseLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.release().catch(() => undefined), QUIET_MS);
    this.#timer.unref();
  }
}
