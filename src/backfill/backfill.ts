/**
 * Turns the history on disk into rows. It can be repeated as often as you like: every request is counted once, whatever
 * was recorded live in the meantime.
 *
 * Only files that changed since the last time are opened. If one file of a session changed, the whole session is read
 * again (the meaning of its lines depends on one another), but only rows that rest on new lines are sent.
 */
import type { Config } from '../base/config.js';
import { homePaths, type HomePaths } from '../base/home.js';
import { countFiles, discover } from './discover.js';
import { asOnlyBackfill, stateFolder } from './folder.js';
import type { BackfillOptions } from './options.js';
import { realRoots } from './roots.js';
import { BackfillState } from './state.js';
import { storeIdOf } from './store-id.js';
import { emptySummary } from './empty-summary.js';
import type { BackfillSummary } from './summary.js';

/** Reads what is new and sends it. Undefined if another backfill is running. */
export async function backfill(
  config: Config,
  options: BackfillOptions,
): Promise<BackfillSummary | undefined> {
  const paths = homePaths(config.home);
  return asOnlyBackfill(paths, () => run(config, paths, { ...options, roots: realRoots(options.roots) }));
}

async function run(config: Config, paths: HomePaths, options: BackfillOptions): Promise<BackfillSummary> {
  const started = performance.now();
  const state = BackfillState.load(stateFolder(paths), config.tinybird_url, options.roots, options.onDamage);
  const { since = -Infinity } = options;
  const storeId = storeIdOf(config, paths);
  const isSame = storeId === state.store;
  if (!isSame || storeId === null) await checkStore(state, config, paths, options);
  state.store = storeId;
  if (options.again === true) state.forgetRoots();
  let summary: BackfillSummary | undefined;
  let skippedFiles: number;
  // Nearly always nothing is new. Then the code that finds, reads and sends is not even loaded.
  const unchanged = since === -Infinity && isSame ? state.allRead() : undefined;
  if (unchanged !== undefined) skippedFiles = unchanged;
  else {
    const { readAll, startThread } = await import('./read-all.js');
    // Starting a thread takes as long as finding the files, so it starts first.
    const thread = options.threads === 0 ? undefined : startThread();
    try {
      const found = discover(options.roots, state);
      const recent = found.filter(({ files }) => files.some(({ writtenAt }) => writtenAt >= since));
      const changed = recent.filter((session) => !state.isRead(session));
      state.prune(found);
      skippedFiles = countFiles(recent) - countFiles(changed);
      if (changed.length > 0) summary = await readAll(changed, thread, { state, config, paths, options });
      else await state.save();
    } finally {
      // The thread has already ended if there was something to read.
      await thread?.end().catch(() => undefined);
    }
  }
  return { ...(summary ?? emptySummary()), skippedFiles, ms: performance.now() - started };
}

/** Forgets what was read if its rows are in another store: the store was deleted or replaced. */
async function checkStore(
  state: BackfillState,
  config: Config,
  paths: HomePaths,
  { send }: BackfillOptions,
): Promise<void> {
  if (state.isEmpty) return;
  if (state.store === null) {
    // If the state names no store, only the store itself can say whether it has the rows.
    if (send !== undefined) return;
    const { hasHistory } = await import('./read-all.js');
    if (await hasHistory(config, paths)) return;
  }
  state.forget();
}
