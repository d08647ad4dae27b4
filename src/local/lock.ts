/** The lock of the data folder. */
import { join } from 'node:path';
import { holderOf, releaseLock, removeLock, takeLock, type Holder } from '../base/lock-file.js';
import { LocalServerError } from './errors.js';

/** A data folder that this process owns until `release`. */
export interface FolderLock {
  release: () => Promise<void>;
}

/**
 * Locks a data folder for this process. The engine would refuse a second owner too, but with noise on stderr and
 * without naming the owner. The lock of a process that has ended is taken over. Throws a LocalServerError
 * DATA_DIR_LOCKED.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'server.lock');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    // Another process may have its own lock in a folder that replaced this one: release does not touch that lock.
    if (await takeLock(path)) return { release: () => releaseLock(path) };
    const owner = holderOf(path);
    if (owner !== undefined) {
      throw new LocalServerError(
        'DATA_DIR_LOCKED',
        `The data folder ${folder} is in use by process ${owner.pid}: stop that server, or choose another folder`,
      );
    }
    await removeLock(path);
  }
  throw new LocalServerError(
    'DATA_DIR_LOCKED',
    `The data folder ${folder} cannot be locked: remove ${path} and try again`,
  );
}

/** The process that serves a data folder, or is about to; undefined if there is none. */
export function ownerOf(folder: string): Holder | undefined {
  return holderOf(join(folder, 'server.lock'));
}
