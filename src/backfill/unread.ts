/** Finds the history on this machine that no backfill and no hook has read, so that a command can point to it. */
import { readdirSync } from 'node:fs';
import type { Config } from '../base/config.js';
import { homePaths } from '../base/home.js';
import type { EpochMs } from '../base/time/units.js';
import { discover, type FileStamp, type FoundSession } from './discover.js';
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

/** The transcripts on this machine. */
export interface History {
  /** Null if everything was read. */
  unread: UnreadHistory | null;
  /** Time of the last write of the oldest transcript that was not read. */
  oldestUnreadAt: EpochMs | null;
  /** The transcript that was written last; null if there is none. */
  newest: FileStamp | null;
}

/** The unread history alone; see {@link historyOnDisk}. */
export function unreadHistory(
  config: Config,
  roots: readonly string[],
  now: EpochMs = Date.now(),
): UnreadHistory | null {
  return historyOnDisk(config, roots, now).unread;
}

/**
 * Sessions below the roots of which nothing was read: neither by a backfill into the present store, nor live by hooks.
 * Only looks at names and times, not at content.
 *
 * @param roots see roots.ts
 */
export function historyOnDisk(config: Config, roots: readonly string[], now: EpochMs = Date.now()): History {
  const paths = homePaths(config.home);
  const state = BackfillState.load(stateFolder(paths), config.tinybird_url, roots);
  const storeId = storeIdOf(config, paths);
  // A state of an earlier version names no store.
  if (storeId === null || (state.store !== null && state.store !== storeId)) state.forget();
  const heard = new Set(namesIn(paths.sessions));
  const isUnread = ({ sessionId, files }: FoundSession) =>
    !heard.has(`${sessionId}.json`) && files.every(({ path }) => state.get(path) === undefined);
  const sessions = discover(roots);
  const newest = sessions
    .flatMap(({ files }) => files)
    .reduce<FileStamp | null>(
      (last, one) => (last === null || one.writtenAt > last.writtenAt ? one : last),
      null,
    );
  const unread = sessions.filter(isUnread);
  if (unread.length === 0) return { unread: null, oldestUnreadAt: null, newest };
  const oldest = unread
    .flatMap(({ files }) => files)
    .reduce((first, { writtenAt }) => Math.min(first, writtenAt), now);
  const days = Math.max(1, Math.ceil((now - oldest) / DAY_MS));
  return { unread: { sessions: unread.length, days }, oldestUnreadAt: oldest, newest };
}

/** The names in a folder; none if it does not exist. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
