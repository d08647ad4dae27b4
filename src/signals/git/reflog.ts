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
  /** The branch that was checked out; undefined if the log does not say for sure. Empty without a branch. */
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
const moved = /^checkout: moving from (\S+) to (\S+)$/;
const renamed = /^Branch: renamed refs\/heads\/(\S+) to refs\/heads\/(\S+)$/;
const returned = /^rebase\b.* returning to refs\/heads\/(\S+)$/;
const isHash = (name: string) => /^[0-9a-f]{40}/.test(name);

/** How many logs are kept between sessions, which often share a repository. */
const MOST_KEPT = 8;

/** The commits of logs by the path of the log, with what tells whether it has changed. */
const kept = new Map<string, { state: string; commits: LoggedCommit[] }>();

/** The commits that were made in a working tree, oldest first; none if its log cannot be read. */
export function loggedCommits(folder: string): readonly LoggedCommit[] {
  const gitFolder = gitFolderOf(folder);
  if (gitFolder === undefined) return [];
  try {
    const path = join(gitFolder, 'logs', 'HEAD');
    const { size, mtimeMs, ino } = statSync(path);
    const head = textOrEmpty(join(gitFolder, 'HEAD'), POINTER_BYTES).trim();
    const state = `${size} ${mtimeMs} ${ino} ${head}`;
    const known = kept.get(path);
    if (known?.state === state) return known.commits;
    const commits = commitsInLog(readEnd(path, LOG_BYTES), head);
    kept.delete(path);
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size >= MOST_KEPT) kept.delete(oldest);
    kept.set(path, { state, commits });
    return commits;
  } catch {
    return [];
  }
}

/**
 * The commits in the text of a log. Merges, rebases and pulls are none: they may only bring commits of others.
 *
 * A name that was checked out may be a branch, a tag or a commit, and not every change of the branch is written down
 * (`git checkout --orphan`). So a branch counts if the next change of it, or HEAD itself, names it too.
 *
 * @param head what HEAD says now: `ref: refs/heads/NAME`, or a hash
 */
export function commitsInLog(text: string, head = ''): LoggedCommit[] {
  const commits: LoggedCommit[] = [];
  let branch: string | undefined;
  let first = 0;
  /** Ends the commits that were made on one branch, which is now said to have this name; empty for none. */
  const end = (name: string | undefined) => {
    const isSure = branch === undefined || branch === name;
    const sure = name === '' ? '' : isSure ? name : undefined;
    for (const commit of commits.slice(first)) commit.branch = sure;
    first = commits.length;
  };
  for (const one of text.split('\n')) {
    const [, old = '', hash, seconds, message = ''] = line.exec(one) ?? [];
    if (hash === undefined) continue;
    const [, from, to] = moved.exec(message) ?? [];
    const [, before, after] = renamed.exec(message) ?? [];
    const back = returned.exec(message)?.[1];
    if (from !== undefined && to !== undefined) {
      end(isHash(from) ? '' : from);
      branch = isHash(to) ? '' : to;
    } else if (after !== undefined) {
      end(before);
      branch = after;
    } else if (back !== undefined) {
      end('');
      branch = back;
    } else if (/^rebase\b.*\(start\)/.test(message)) {
      // It may have left another branch than the one that it returns to.
      end(undefined);
      branch = '';
    } else if (message.startsWith('commit (initial)') && commits.length > 0) {
      end(undefined);
      branch = undefined;
    }
    const [, how, subject = ''] = made.exec(message) ?? [];
    if (how === undefined) continue;
    commits.push({
      hash,
      old: /^0+$/.test(old) ? '' : old,
      kind: kindOf(how, subject),
      subject,
      branch: undefined,
      at: Number(seconds) * 1000,
    });
  }
  const [, last] = /^ref: refs\/heads\/(\S+)$/.exec(head) ?? [];
  end(last ?? (isHash(head) ? '' : undefined));
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
