/** The files through which the engine reads imports. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files for the engine, which can read only from disk. Only their owner can open them. */
export class ImportFiles {
  readonly #folder: string;

  /** @param folder the store's own folder */
  constructor(folder: string) {
    this.#folder = join(folder, 'imports');
  }

  /** Removes files that a server left behind when it was killed during an import. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Runs `work` while the content is in a file. */
  async hold<T>(content: Uint8Array, work: (path: string) => Promise<T>): Promise<T> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const path = join(this.#folder, randomUUID());
    try {
      await writeFile(path, content, { flag: 'wx', mode: 0o600 });
      return await work(path);
    } finally {
      await rm(path, { force: true });
    }
  }
}
