import { statSync } from 'node:fs';
import { join } from 'node:path';

/** What is lost with the folder: its lock, and a file that the engine holds as long as it is open. */
const landmarks = ['', 'server.lock', 'engine', join('engine', 'status')];

/** How often the folder is looked at while nobody asks for anything, milliseconds. */
const LOOK_MS = 1_000;

/**
 * Whether the data folder is still the one that was opened. The engine goes on over a folder that was deleted, moved
 * or replaced: it would acknowledge rows that nobody finds again, or write into another store.
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

  /** Looks. Once lost, it stays so: what comes to the same place later is another folder. */
  isLost(): boolean {
    if (this.#isLost) return true;
    this.#isLost = [...this.#marks].some(([path, identity]) => identityOf(path) !== identity);
    if (this.#isLost) {
      this.close();
      this.onLost();
    }
    return this.#isLost;
  }

  /** Looks no more by itself. */
  close(): void {
    clearInterval(this.#timer);
  }
}

/** Which file a path leads to; undefined where there is none. What cannot be looked at is taken to be gone. */
function identityOf(path: string): string | undefined {
  try {
    // Synchronous: every request asks, and the answer comes from the system's memory.
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
