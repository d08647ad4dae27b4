import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Files on their way into the engine, which reads them from the disk alone. Only their owner can open them. */
export class ImportFiles {
  readonly #folder: string;

  /** @param folder the store's own */
  constructor(folder: string) {
    this.#folder = join(folder, 'imports');
  }

  /** Removes what a server left that was killed during an import. */
  async clear(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Runs while the content lies in a file. */
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
