/** Tells backfill that a store with a new id still is the one that it filled. */
import type { Config } from '../base/config.js';
import { homePaths } from '../base/home.js';
import { stateFolder } from './folder.js';
import { BackfillState } from './state.js';
import { storeIdOf } from './store-id.js';

/**
 * Runs some work that removes rows on purpose. The embedded store changes its id when rows are deleted, so that a backfill
 * brings them back; rows that were removed on purpose must not come back.
 */
export async function withoutRefill<T>(config: Config, work: () => Promise<T>): Promise<T> {
  const paths = homePaths(config.home);
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
