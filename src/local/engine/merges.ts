/** Pauses the merges of tables while files arrive. */

/** Merges continue when no file has arrived for this long, milliseconds: the sender is then likely to query first. */
const QUIET_MS = 5_000;

/** Merges continue after this long in any case, so that a table never has too many parts. */
const LONGEST_MS = 15_000;

/**
 * Controls when the parts of a table are merged. While files arrive for it, its merges are paused: they would slow the
 * import down, and the merged parts would be merged again after the next file.
 */
export class Merges {
  readonly #held = new Set<string>();
  #heldSince = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param allow pauses or resumes the merges of a table */
  constructor(private readonly allow: (table: string, merges: boolean) => Promise<unknown>) {}

  /** Call it when a file arrives for these tables. */
  async hold(tables: readonly string[]): Promise<void> {
    const now = performance.now();
    if (this.#held.size === 0) this.#heldSince = now;
    if (now - this.#heldSince < LONGEST_MS) this.#releaseLater();
    // All statements are sent together, here and below, so that no other statement runs between them.
    const others = tables.filter((table) => !this.#held.has(table));
    for (const table of others) this.#held.add(table);
    await Promise.all(others.map((table) => this.allow(table, false)));
  }

  /** Resumes merges; statements that change a table wait for this. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    const tables = [...this.#held];
    this.#held.clear();
    await Promise.all(tables.map((table) => this.allow(table, true)));
  }

  /** Called when the engine closes. */
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
