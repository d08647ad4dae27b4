/** Watches whether the data folder is still there. */
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Files that disappear with the folder: its lock, and a file that the engine keeps while it is open. */
const landmarks = ['', 'server.lock', 'engine', join('engine', 'status')];

/** Interval between checks while no request arrives, milliseconds. */
const LOOK_MS = 1_000;

/**
 * Checks whether the data folder is still the one that was opened. The engine keeps running after its folder was
 * deleted, moved or replaced: it would acknowledge rows that are lost, or write into another store.
 */
export class FolderWatch {
  readonly #marks: ReadonlyMap<string, string | undefined>;
  readonly #timer: NodeJS.Timeout;
  #isLost = false;

  /** @param onLost is called once */
  constructor(
    readonly folder: string,
    private readonly onLost: () => void,
  ) {
    this.#marks = new Map(landmarks.map((name) => [join(folder, name), identityOf(join(folder, name))]));
    this.#timer = setInterval(() => void this.isLost(), LOOK_MS);
    this.#timer.unref();
  }

  /** Checks now. Once lost, it stays lost: a later folder at the same path is a different one. */
  isLost(): boolean {
    if (this.#isLost) return true;
    this.#isLost = [...this.#marks].some(([path, identity]) => identityOf(path) !== identity);
    if (this.#isLost) {
      this.close();
      this.onLost();
    }
    return this.#isLost;
  }

  /** Stops the periodic checks. */
  close(): void {
    clearInterval(this.#timer);
  }
}

/** Identity of the file at a path; undefined if there is none. A file that cannot be read counts as gone. */
function identityOf(path: string): string | undefined {
  try {
    // Synchronous: every request calls it, and the system answers it from memory.
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
