/** Points to unread history on this machine. */
import { homedir } from 'node:os';
import { transcriptRoots } from '../../backfill/roots.js';
import { historyOnDisk, unreadHistory, type History, type UnreadHistory } from '../../backfill/unread.js';
import { plural } from '../../base/format/counts.js';
import type { Config } from '../../base/config.js';

/** The folders of this user's transcripts, and their unread history; null if everything was read. */
export function unreadHere(config: Config, env = process.env, homeDir = homedir()): UnreadHistory | null {
  return config.enabled ? unreadHistory(config, transcriptRoots({ env, homeDir })) : null;
}

/** This user's transcripts; nothing is unread while recording is switched off. */
export function historyHere(config: Config, env = process.env, homeDir = homedir()): History {
  const history = historyOnDisk(config, transcriptRoots({ env, homeDir }));
  return config.enabled ? history : { ...history, unread: null, oldestUnreadAt: null };
}

/** The unread history, as the start of a sentence. */
export function unreadWords({ sessions, days }: UnreadHistory): string {
  const reach = days === 1 ? 'the last day' : `the last ${plural(days, 'day')}`;
  return `Transcripts of ${plural(sessions, 'session')} of ${reach} were never read`;
}
