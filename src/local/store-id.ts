/** The id of the store. */
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileSafely } from './files.js';

const fileIn = (dataDir: string) => join(dataDir, 'id');

/**
 * Gives the store an id, in the file `id` of its folder. The id is new if the engine's folder is new or a table was
 * emptied. Senders use it to find out whether this is still the store that has their rows.
 *
 * @param engineFolder before the engine opens it
 */
export async function ensureStoreId(dataDir: string, engineFolder: string): Promise<void> {
  const isFilled = await stat(engineFolder).then(
    () => true,
    () => false,
  );
  if (isFilled && (await readFile(fileIn(dataDir), 'utf8').catch(() => '')) !== '') return;
  await renewStoreId(dataDir);
}

/** Gives the store a new id, because rows that it had are gone. */
export function renewStoreId(dataDir: string): Promise<void> {
  return writeFileSafely(fileIn(dataDir), randomUUID());
}
