/** The folder for the state of backfill, and the lock that only one backfill at a time holds. */
import { join } from 'node:path';
import { privateFolder } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import { whenFree, withLock } from '../base/lock.js';

export function stateFolder({ home }: HomePaths): string {
  return join(home, 'backfill');
}

/** Runs a backfill; undefined at once if another one is running. */
export async function asOnlyBackfill<T>(paths: HomePaths, work: () => Promise<T>): Promise<T | undefined> {
  await privateFolder(paths.home);
  await privateFolder(stateFolder(paths));
  return withLock(join(stateFolder(paths), 'running.pid'), work);
}

/**
 * Runs some work while no backfill runs.
 *
 * @returns undefined if one ran for a minute
 */
export const whileNoBackfill = <T>(
  paths: HomePaths,
  work: () => Promise<T>,
): Promise<{ done: T } | undefined> =>
  whenFree(() => asOnlyBackfill(paths, async () => ({ done: await work() })));
