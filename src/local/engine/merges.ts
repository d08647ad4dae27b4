/** Merges go on when no file came for so long, milliseconds. */
const QUIET_MS = 1_000;

/** And after so long in any case: parts must not become too many. */
const LONGEST_MS = 15_000;

/**
 * When parts are merged. While files come in, merges wait: each would take time from whoever waits for the import, and
 * what was merged is merged again after the next file.
 */
export class Merges {
  #heldSince: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param allow lets the engine merge, or not */
  constructor(private readonly allow: (merges: boolean) => Promise<unknown>) {}

  /** A file comes in. */
  async hold(): Promise<void> {
    const now = performance.now();
    const isHeld = this.#heldSince !== undefined;
    this.#heldSince ??= now;
    if (now - this.#heldSince < LONGEST_MS) this.#releaseIn(QUIET_MS);
    if (!isHeld) await this.allow(false);
  }

  /** Lets merges go on: what changes a table waits for them. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#heldSince === undefined) return;
    this.#heldSince = undefined;
    await this.allow(true);
  }

  /** Ends with the engine. */
  close(): void {
    clearTimeout(this.#timer);
    this.#heldSince = undefined;
  }

  #releaseIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.release().catch(() => undefined), ms);
    this.#timer.unref();
  }
}
