/** Finds the history on this machine that no backfill and no hook has read, so that a command can point to it. */
import { readdirSync } from 'node:fs';
import type { Config } from '../base/config.js';
import { homePaths } from '../base/home.js';
import type { EpochMs } from '../base/time/units.js';
import { discover, type FoundSession } from './discover.js';
import { stateFolder } from './folder.js';
import { BackfillState } from './state.js';
import { storeIdOf } from './store-id.js';

const DAY_MS = 86_400_000;

/** Sessions with transcripts that were never read. */
export interface UnreadHistory {
  sessions: number;
  /** How far back they go: whole days up to now, at least 1. */
  days: number;
}

/**
 * Sessions below the roots of which nothing was read: neither by a backfill into the present store, nor live by hooks.
 * Null if there are none. Only looks at names and times, not at content.
 *
 * @param roots see roots.ts
 */
export function unreadHistory(
  config: Config,
  roots: readonly string[],
  now: EpochMs = Date.now(),
): UnreadHistory | null {
  const paths = homePaths(config.home);
  const state = BackfillState.load(stateFolder(paths), config.tinybird_url, roots);
  const storeId = storeIdOf(config, paths);
  // A state of an earlier version names no store.
  if (storeId === null || (state.store !== null && state.store !== storeId)) state.forget();
  const heard = new Set(namesIn(paths.sessions));
  const isUnread = ({ sessionId, files }: FoundSession) =>
    !heard.has(`${sessionId}.json`) && files.every(({ path }) => state.get(path) === undefined);
  const unread = discover(roots).filter(isUnread);
  if (unread.length === 0) return null;
  const oldest = unread
    .flatMap(({ files }) => files)
    .reduce((first, { writtenAt }) => Math.min(first, writtenAt), now);
  return { sessions: unread.length, days: Math.max(1, Math.ceil((now - oldest) / DAY_MS)) };
}

/** The names in a folder; none if it does not exist. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
