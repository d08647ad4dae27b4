import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Names the folder of the prepared store to the test processes. */
const PREPARED = 'ATEL_TEST_STORE';

/** Has test processes that start from now on copy this store. */
export function offerStore(folder: string): void {
  process.env[PREPARED] = folder;
}

/**
 * Puts a store that has the catalogue and no rows into a store's folder, unless the engine was there already: a
 * server then starts in a fifth of the time that its first deployment takes. Does nothing outside of the tests.
 */
export function prepareStore(folder: string): void {
  const prepared = process.env[PREPARED];
  if (prepared === undefined || existsSync(join(folder, 'engine'))) return;
  mkdirSync(dirname(folder), { recursive: true, mode: 0o700 });
  // The engine links its folders relative to each other: the links are to stay so.
  cpSync(prepared, folder, { recursive: true, verbatimSymlinks: true });
}
