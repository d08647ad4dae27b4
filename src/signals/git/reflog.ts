/**
 * Reads what git wrote down of a working tree's HEAD (`.git/logs/HEAD`): which commits were made there, and when. The
 * file is read in place, and no program is started. A line of it:
 *
 *     OLD NEW Name <address> 1772445600 +0100<TAB>commit (amend): subject
 */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readEnd } from '../../base/regular-file/end.js';
import { textOrEmpty } from '../../base/regular-file/open.js';
import type { EpochMs } from '../../base/time/units.js';
import { withParents } from '../project.js';
import type { CommitKind } from './command.js';

/** A commit in the log of a HEAD. */
export interface LoggedCommit {
  hash: string;
  /** The commit that was checked out before; of an amended one, the commit that it replaces. Empty for none. */
  old: string;
  kind: CommitKind;
  /** For comparison only: it is never stored. */
  subject: string;
  /** The branch that was checked out; undefined if the log does not say. Empty without a branch. */
  branch: string | undefined;
  /** The second in which it was made. */
  at: EpochMs;
}

/** How much of the end of a log is read, bytes: about 6,000 lines. */
const LOG_BYTES = 1024 ** 2;

/** Size limit of the file that names a working tree's git folder, bytes. */
const POINTER_BYTES = 4_096;

const line = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t\n]{0,1000}> (\d{9,11}) [+-]\d{4}\t(.*)$/;
const made = /^(commit(?: \((?:initial|amend|merge|cherry-pick)\))?|revert|cherry-pick): (.*)$/;
const moved = /^checkout: moving from \S+ to (\S+)$/;

/** The commits that were made in a working tree, oldest first; none if its log cannot be read. */
export function loggedCommits(folder: string): LoggedCommit[] {
  const gitFolder = gitFolderOf(folder);
  if (gitFolder === undefined) return [];
  try {
    return commitsInLog(readEnd(join(gitFolder, 'logs', 'HEAD'), LOG_BYTES));
  } catch {
    return [];
  }
}

/** The commits in the text of a log. Merges, rebases and pulls are none: they may only bring commits of others. */
export function commitsInLog(text: string): LoggedCommit[] {
  const commits: LoggedCommit[] = [];
  let branch: string | undefined;
  for (const one of text.split('\n')) {
    const [, old = '', hash, seconds, message = ''] = line.exec(one) ?? [];
    if (hash === undefined) continue;
    const to = moved.exec(message)?.[1];
    // Without a branch, the hash is checked out.
    if (to !== undefined) branch = /^[0-9a-f]{40}/.test(to) ? '' : to;
    const [, how, subject = ''] = made.exec(message) ?? [];
    if (how === undefined) continue;
    commits.push({
      hash,
      old: /^0+$/.test(old) ? '' : old,
      kind: kindOf(how, subject),
      subject,
      branch,
      at: Number(seconds) * 1000,
    });
  }
  return commits;
}

function kindOf(how: string, subject: string): CommitKind {
  if (how === 'revert' || subject.startsWith('Revert "')) return 'reverted';
  if (how.includes('cherry-pick')) return 'cherry_picked';
  return how === 'commit (amend)' ? 'amended' : 'committed';
}

/** The git folder of the working tree that a folder is in, which a linked worktree and a submodule have elsewhere. */
function gitFolderOf(folder: string): string | undefined {
  for (const here of withParents(folder)) {
    const git = join(here, '.git');
    const found = statSync(git, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) return git;
    const pointer = found === undefined ? '' : textOrEmpty(git, POINTER_BYTES);
    const place = /^gitdir: (.+)$/m.exec(pointer)?.[1]?.trim();
    if (place !== undefined) return resolve(here, place);
  }
  return undefined;
}
