/** Work that must not run beside a drain. */
import type { HomePaths } from '../base/home.js';
import { whenFree, withLock } from '../base/lock.js';
import { kickDrain } from './kick.js';

/**
 * Runs some work while no drain runs, and starts one afterwards, for what hooks have left to this process meanwhile.
 *
 * @returns undefined if a drain ran for a minute
 */
export async function whileNoDrain<T>(paths: HomePaths, work: () => Promise<T>): Promise<T | undefined> {
  const outcome = await whenFree(() =>
    withLock(paths.drainLock, async () => ({ done: await work() }), { beat: paths.drainBeat }),
  );
  if (outcome !== undefined) kickDrain(paths);
  return outcome?.done;
}
