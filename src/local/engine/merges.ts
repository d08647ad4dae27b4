/** Merges go on when no file came for so long, milliseconds: whoever sent them is likely to ask something first. */
const QUIET_MS = 5_000;

/** And after so long in any case: parts must not become too many. */
const LONGEST_MS = 15_000;

/**
 * When the parts of a table are merged. While files come into it, its merges wait: each would take time from whoever
 * waits for the import, and what was merged is merged again after the next file.
 */
export class Merges {
  readonly #held = new Set<string>();
  #heldSince = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param allow lets the engine merge a table's parts, or not */
  constructor(private readonly allow: (table: string, merges: boolean) => Promise<unknown>) {}

  /** A file comes into tables. */
  async hold(tables: readonly string[]): Promise<void> {
    const now = performance.now();
    if (this.#held.size === 0) this.#heldSince = now;
    if (now - this.#heldSince < LONGEST_MS) this.#releaseLater();
    // All of them are asked for at once, here and below: what is asked meanwhile comes after all of it.
    const others = tables.filter((table) => !this.#held.has(table));
    for (const table of others) this.#held.add(table);
    await Promise.all(others.map((table) => this.allow(table, false)));
  }

  /** Lets merges go on: what changes a table waits for them. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    const tables = [...this.#held];
    this.#held.clear();
    await Promise.all(tables.map((table) => this.allow(table, true)));
  }

  /** Ends with the engine. */
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
