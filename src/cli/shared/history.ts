/** Leads to the history on this machine that was never read. */
import { homedir } from 'node:os';
import { transcriptRoots } from '../../backfill/roots.js';
import { unreadHistory, type UnreadHistory } from '../../backfill/unread.js';
import { plural } from '../../base/format/counts.js';
import type { Config } from '../../base/config.js';

/** Where Claude Code keeps the transcripts of this user, and what was never read there; null if all was. */
export function unreadHere(config: Config, env = process.env, homeDir = homedir()): UnreadHistory | null {
  return config.enabled ? unreadHistory(config, transcriptRoots({ env, homeDir })) : null;
}

/** What was never read, as the beginning of a sentence. */
export function unreadWords({ sessions, days }: UnreadHistory): string {
  const reach = days === 1 ? 'the last day' : `the last ${plural(days, 'day')}`;
  return `Transcripts of ${plural(sessions, 'session')} of ${reach} were never read`;
}
