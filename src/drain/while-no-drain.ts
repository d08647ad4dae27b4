/** Work that must not run beside a drain. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HomePaths } from '../base/home.js';
import { withLock } from '../base/lock.js';
import { kickDrain } from './kick.js';

/** How long to wait for a drain that is running, milliseconds. */
const BUSY_LIMIT_MS = 60_000;

/**
 * Runs some work while no drain runs, and starts one afterwards, for what hooks have left to this process meanwhile.
 *
 * @returns undefined if a drain ran for a minute
 */
export async function whileNoDrain<T>(paths: HomePaths, work: () => Promise<T>): Promise<T | undefined> {
  const once = () =>
    withLock(paths.drainLock, async () => ({ done: await work() }), { beat: paths.drainBeat });
  let outcome = await once();
  for (
    const deadline = performance.now() + BUSY_LIMIT_MS;
    outcome === undefined && performance.now() < deadline;
  ) {
    await sleep(200);
    outcome = await once();
  }
  if (outcome !== undefined) kickDrain(paths);
  return outcome?.done;
}
