/**
 * Reads a shell command for what it asks git to commit. Only this is kept of it: the kind of each commit, and the
 * hashes that a revert names. The command itself is never stored.
 */
import { isAbsolute, resolve } from 'node:path';

/** How a commit came about. */
export type CommitKind = 'committed' | 'amended' | 'cherry_picked' | 'reverted';

/** What a command asks git to commit. */
export interface GitCommand {
  /** The kind of each call that makes commits, in order. */
  kinds: CommitKind[];
  /** The hashes that its reverts name: as arguments, or in a message (`This reverts commit …`). */
  reverted: string[];
}

/** Longest part of a command that is read, bytes as written. */
export const LONGEST_COMMAND = 20_000;

/** A call of git that makes commits: its subcommand, after options of git itself, and its words. */
const call =
  /\bgit(?:\s{1,20}-(?:[cC]\s{1,20}\S{1,500}|(?![cC]\s)\S{1,500})(?!\S)){0,20}\s{1,20}(commit|revert|cherry-pick)(?![\w-])([^&|;\n]*)/g;

/** A change of the folder, or a call of git that makes commits. */
const folderOrCall = new RegExp(
  String.raw`(?:^|[;&|(\n])[ \t]{0,20}cd[ \t]{1,20}(\S{1,500})|${call.source}`,
  'g',
);

/**
 * The folder in which each call of git in a command makes its commits, as `cd` and `-C` say; empty if it cannot be told.
 *
 * @param cwd absolute path of the folder in which the command runs
 */
export function commitFolders(command: string, cwd: string): string[] {
  const folders: string[] = [];
  let here = isAbsolute(cwd) ? cwd : '';
  for (const [all, changed, name] of withoutTexts(command).matchAll(folderOrCall)) {
    // A subshell has a folder of its own, and its end is not looked for.
    if (changed !== undefined) here = all.startsWith('(') ? '' : within(here, changed);
    if (name === undefined || /\s--dry-run\b/.test(all)) continue;
    const given = [...all.matchAll(/\s-C\s+(\S{1,500})/g)].map(([, folder = '']) => folder);
    folders.push(given.reduce(within, here));
  }
  return folders;
}

/** A folder as a shell understands it; empty if only the shell could tell it (a quoted text is `_`). */
function within(here: string, folder: string): string {
  const plain = folder.replace(/[;&|)]+$/, '');
  if (/[$~*?\x60]|^_$|^-/.test(plain)) return '';
  return isAbsolute(plain) ? resolve(plain) : here === '' ? '' : resolve(here, plain);
}

/**
 * What a command asks git to commit; undefined if it makes no commit. A command that has the words in a text only
 * (`bash -c "git commit"`) may make one: it has no kinds, and what the client itself reports decides.
 */
export function readGitCommand(command: string): GitCommand | undefined {
  if (!command.includes('git')) return undefined;
  const kinds: CommitKind[] = [];
  const reverted = [...command.matchAll(/\bThis reverts commit ([0-9a-f]{7,40})\b/g)].map(
    ([, hash = '']) => hash,
  );
  for (const [, name, words = ''] of withoutTexts(command).matchAll(call)) {
    if (/(?:^|\s)--dry-run\b/.test(words)) continue;
    kinds.push(kindOf(name ?? '', words));
    if (name === 'revert')
      reverted.push(...words.split(/\s+/).filter((word) => /^[0-9a-f]{7,40}$/.test(word)));
  }
  if (kinds.length > 0) return { kinds, reverted };
  return /\bcommit\b/.test(command) ? { kinds, reverted: [] } : undefined;
}

/** The commands of git that nobody can give another meaning; any other name is an alias of the user's. */
const ownCommands = new Set(
  (
    'add am apply archive bisect blame branch bundle cat-file check-ignore checkout cherry clean clone config ' +
    'count-objects describe diff diff-tree difftool fetch for-each-ref format-patch fsck gc grep hash-object help init ' +
    'lfs log ls-files ls-remote ls-tree maintenance merge merge-base mergetool mv name-rev notes pull push range-diff ' +
    'read-tree rebase reflog remote reset restore rev-list rev-parse rm shortlog show show-ref sparse-checkout stash ' +
    'status submodule switch symbolic-ref tag update-index update-ref var verify-commit version worktree write-tree ' +
    'commit-tree commit-graph commit revert cherry-pick'
  ).split(' '),
);

const anyCall =
  /\bgit(?:\s{1,20}-(?:[cC]\s{1,20}\S{1,500}|(?![cC]\s)\S{1,500})(?!\S)){0,20}\s{1,20}([a-z][\w-]{0,50})/g;

/** Names of scripts and targets that commit: `./commit.sh`, `make release`, `npm version patch`, `npm run bump`. */
const committing =
  /(?<![A-Za-z])(?:commit|release|bump|publish|checkpoint|npm version|yarn version|pnpm version)(?![A-Za-z])/;

/**
 * Whether a command may commit without saying so to git in plain words: by an alias, or by a script whose name tells.
 */
export function mayCommit(command: string): boolean {
  if (!/git|commit|release|bump|publish|checkpoint|version/.test(command)) return false;
  const words = withoutTexts(command);
  for (const [, name = ''] of words.matchAll(anyCall)) if (!ownCommands.has(name)) return true;
  return committing.test(words.replace(anyCall, ' '));
}

function kindOf(name: string, words: string): CommitKind {
  if (name === 'revert') return 'reverted';
  if (name === 'cherry-pick') return 'cherry_picked';
  return /(?:^|\s)--amend\b/.test(words) ? 'amended' : 'committed';
}

/**
 * The command on one line per call, without here-documents, comments and quoted texts, in which words of other commands
 * may stand. A quoted text is a word still.
 */
function withoutTexts(command: string): string {
  return command
    .replaceAll('\\\n', ' ')
    .replace(/(?<!<)<<(?!<)-?\s*(["']?)([A-Za-z_]\w*)(?!\w)\1([^\n]*)\n[\s\S]*?(?:\n[ \t]*\2\b|$)/g, ' $3 ')
    .replace(/"(?:[^"\\]|\\[\s\S])*(?:"|\\?(?![\s\S]))|'[^']*'|(?<=^|\s)#[^\n]*/gm, '_');
}
