/** The folder for the state of backfill, and the lock that only one backfill at a time holds. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { privateFolder } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import { withLock } from '../base/lock.js';

export function stateFolder({ home }: HomePaths): string {
  return join(home, 'backfill');
}

/** Runs a backfill; undefined at once if another one is running. */
export async function asOnlyBackfill<T>(paths: HomePaths, work: () => Promise<T>): Promise<T | undefined> {
  await privateFolder(paths.home);
  await privateFolder(stateFolder(paths));
  return withLock(join(stateFolder(paths), 'running.pid'), work);
}

/** How long to wait for a backfill that is running, milliseconds. */
const BUSY_LIMIT_MS = 60_000;

/**
 * Runs some work while no backfill runs.
 *
 * @returns undefined if one ran for a minute
 */
export async function whileNoBackfill<T>(
  paths: HomePaths,
  work: () => Promise<T>,
): Promise<{ done: T } | undefined> {
  const once = () => asOnlyBackfill(paths, async () => ({ done: await work() }));
  let outcome = await once();
  for (
    const deadline = performance.now() + BUSY_LIMIT_MS;
    outcome === undefined && performance.now() < deadline;
  ) {
    await sleep(200);
    outcome = await once();
  }
  return outcome;
}
