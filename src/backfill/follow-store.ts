/** Tells backfill that a store with a new id still is the one that it filled. */
import type { Config } from '../base/config.js';
import { homePaths, type HomePaths } from '../base/home.js';
import { StoreError } from '../store/store-error.js';
import { stateFolder, whileNoBackfill } from './folder.js';
import { BackfillState } from './state.js';
import { storeIdOf } from './store-id.js';

/**
 * Runs some work that removes rows on purpose, while no backfill runs: one that has read rows before would bring them
 * back. The embedded store changes its id when rows are deleted, so that a backfill brings them back, too; rows that were
 * removed on purpose must not come back.
 *
 * @throws {StoreError} if a backfill ran for a minute; then nothing was removed
 */
export async function withoutRefill<T>(config: Config, work: () => Promise<T>): Promise<T> {
  const paths = homePaths(config.home);
  const outcome = await whileNoBackfill(paths, () => followed(config, paths, work));
  if (outcome === undefined)
    throw new StoreError('timeout', 'A backfill has been running for a minute; try again later', null, null);
  return outcome.done;
}

async function followed<T>(config: Config, paths: HomePaths, work: () => Promise<T>): Promise<T> {
  const before = storeIdOf(config, paths);
  try {
    return await work();
  } finally {
    const after = storeIdOf(config, paths);
    if (before !== null && after !== before) {
      const state = BackfillState.load(stateFolder(paths), config.tinybird_url, []);
      if (state.store === before) {
        state.store = after;
        await state.save();
      }
    }
  }
}
