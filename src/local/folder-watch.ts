/** Notices when the data folder is deleted, moved or replaced. */
import { statSync } from 'node:fs';
import { join } from 'node:path';

/** Files that are lost with the folder: its lock, and a file that the engine always keeps open. */
const landmarks = ['', 'server.lock', 'engine', join('engine', 'status')];

/** How often the folder is checked while there are no requests, milliseconds. */
const LOOK_MS = 1_000;

/**
 * Whether the data folder is still the one that was opened. Over a folder that was deleted, moved or replaced, the
 * engine keeps running: it would acknowledge rows that are lost, or write into another store.
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

  /** Checks the folder. A lost folder stays lost: one that appears later at the same path is another folder. */
  isLost(): boolean {
    if (this.#isLost) return true;
    this.#isLost = [...this.#marks].some(([path, identity]) => identityOf(path) !== identity);
    if (this.#isLost) {
      this.close();
      this.onLost();
    }
    return this.#isLost;
  }

  /** Stops the regular checks. */
  close(): void {
    clearInterval(this.#timer);
  }
}

/** The identity of the file at a path; undefined if there is none, or if it cannot be read. */
function identityOf(path: string): string | undefined {
  try {
    // Synchronous, because it runs for every request and the answer is in the system's cache.
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
