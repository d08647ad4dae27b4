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
  /**
   * The most commits that it can make; null if it cannot be told (a loop, a picked range, a command within a text). What
   * the log of HEAD has beyond that was made by somebody else.
   */
  most: number | null;
  /** Whether its exit code is that of its only commit: if it failed, it made none. */
  isJudged: boolean;
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
 * (`ssh host "git commit"`) may make one: it has no kinds, and what the client itself reports decides.
 */
export function readGitCommand(command: string): GitCommand | undefined {
  if (!command.includes('git')) return undefined;
  const kinds: CommitKind[] = [];
  const reverted = [...command.matchAll(/\bThis reverts commit ([0-9a-f]{7,40})\b/g)].map(
    ([, hash = '']) => hash,
  );
  const plain = withoutTexts(command);
  for (const [, name, words = ''] of plain.matchAll(call)) {
    if (/(?:^|\s)--dry-run\b/.test(words)) continue;
    kinds.push(kindOf(name ?? '', words));
    if (name === 'revert')
      reverted.push(...words.split(/\s+/).filter((word) => /^[0-9a-f]{7,40}$/.test(word)));
  }
  if (kinds.length === 0)
    return /\bcommit\b/.test(command) ? { kinds, reverted: [], most: 0, isJudged: false } : undefined;
  const calls = simpleCommands(plain);
  const isCounted =
    kinds.every((kind) => kind === 'committed' || kind === 'amended') &&
    !/\b(?:do|xargs|function)\b|\(\)/.test(plain);
  return {
    kinds,
    reverted,
    most: calls.some(isCommit) ? (isCounted ? kinds.length : null) : 0,
    isJudged: kinds.length === 1 && !plain.includes('||') && isCommit(calls.at(-1) ?? []),
  };
}

/** The words of each simple command, without what stands before its name: `FOO=1 sudo -E git commit` is a call of git. */
function simpleCommands(plain: string): string[][] {
  return plain
    .split(/[;&|()\n\x60]+/)
    .map((part) => part.split(/\s+/).filter((word) => word !== ''))
    .map((words) => words.slice(words.findIndex((word) => !beforeNames.test(word))))
    .filter((words) => words[0] !== undefined && !beforeNames.test(words[0]));
}

/** What may stand before the name of a command: settings, words of the shell, options and numbers of the wrappers. */
const beforeNames =
  /^(?:\w+=.*|-.*|[\d.]+[smh]?|[!{]|then|do|else|elif|if|while|until|time|sudo|env|exec|command|nohup|nice|timeout)$/;

/** The subcommand of a call of git and the words after it; undefined if it calls something else. */
function gitCall([program = '', ...words]: string[]): [name: string, ...words: string[]] | undefined {
  if (baseName(program) !== 'git') return undefined;
  let at = 0;
  while (words[at]?.startsWith('-') === true) at += /^-[cC]$/.test(words[at] ?? '') ? 2 : 1;
  const [name = '', ...rest] = words.slice(at);
  return [name, ...rest];
}

const isCommit = (words: string[]) => /^(?:commit|revert|cherry-pick)$/.test(gitCall(words)?.[0] ?? '');

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);

/** The commands of git itself, to which nobody can give another meaning; any other name is an alias of the user's. */
const ownCommands = new Set(
  (
    'add am annotate apply archimport archive bisect blame branch bugreport bundle cat-file check-attr check-ignore ' +
    'check-mailmap check-ref-format checkout checkout-index cherry cherry-pick citool clean clone column commit ' +
    'commit-graph commit-tree config count-objects credential cvsexportcommit cvsimport daemon describe diagnose diff ' +
    'diff-files diff-index diff-tree difftool fast-export fast-import fetch fetch-pack filter-branch fmt-merge-msg ' +
    'for-each-ref for-each-repo format-patch fsck gc get-tar-commit-id gitk grep gui hash-object help hook http-backend ' +
    'index-pack init init-db instaweb interpret-trailers lfs log ls-files ls-remote ls-tree mailinfo mailsplit ' +
    'maintenance merge merge-base merge-file merge-index merge-one-file merge-tree mergetool mktag mktree ' +
    'multi-pack-index mv name-rev notes pack-objects pack-redundant pack-refs patch-id prune prune-packed pull push ' +
    'quiltimport range-diff read-tree rebase receive-pack reflog refs remote repack replace replay request-pull rerere ' +
    'reset restore rev-list rev-parse revert rm send-email send-pack shell shortlog show show-branch show-index show-ref ' +
    'sparse-checkout stage stash status stripspace submodule svn switch symbolic-ref tag unpack-file unpack-objects ' +
    'update-index update-ref update-server-info upload-archive upload-pack var verify-commit verify-pack verify-tag ' +
    'version whatchanged worktree write-tree'
  ).split(' '),
);

/** Names of scripts and targets that commit, and of nothing that only reads or builds: `release`, `auto-commit.sh`. */
const committing =
  /^(?:(?:auto|create|cut|do|git|make|new|quick|run|semantic)[-_])?(?:bump(?:2?version)?|checkpoint|commit|publish|release)(?:[-_:](?:all|alpha|beta|changes|final|it|major|minor|now|patch|push|rc|version))*(?:\.(?:bash|cjs|js|mjs|php|pl|py|rb|sh|ts|zsh))?$/;

/** Programs whose first argument is a target or a script. */
const runners = /^(?:bash|bun|deno|just|make|node|npx|perl|php|python3?|rake|ruby|sh|task|tsx|zsh)$/;

const packageManagers = /^(?:bun|npm|pnpm|yarn)$/;

/**
 * Whether a command may commit without saying so to git in plain words: by an alias, or by a script or a target whose
 * name tells. The name stands in the place of a command or as the first argument of what runs it; anywhere else the word
 * means something else (`cargo build --release`, `ls target/release`).
 */
export function mayCommit(command: string): boolean {
  if (!/git|commit|release|bump|publish|checkpoint|version/.test(command)) return false;
  return simpleCommands(withoutTexts(command)).some((words) => {
    if (words.includes('--dry-run') || words.includes('--help')) return false;
    const git = gitCall(words);
    if (git !== undefined) return /^[a-z][\w-]*$/.test(git[0]) && !ownCommands.has(git[0]);
    const [program = '', first = '', second = ''] = words;
    const name = baseName(program);
    if (committing.test(name)) return true;
    if (packageManagers.test(name)) {
      if (first === 'version') return second !== '';
      if (first === 'run' || first === 'run-script') return committing.test(second);
      // The manager has a command of that name, which does not commit.
      if (name === 'npm' || first === 'publish') return false;
    }
    if (name === 'cargo') return first === 'release';
    return (packageManagers.test(name) || runners.test(name)) && committing.test(baseName(first));
  });
}

function kindOf(name: string, words: string): CommitKind {
  if (name === 'revert') return 'reverted';
  if (name === 'cherry-pick') return 'cherry_picked';
  return /(?:^|\s)--amend\b/.test(words) ? 'amended' : 'committed';
}

/** A quoted text, also one that does not end. */
const quoted = String.raw`"(?:[^"\\]|\\[\s\S])*(?:"|\\?(?![\s\S]))|'[^']*'`;

/** What stands before the text of `bash -c '…'` where it is a command of its own, and not that of another program. */
const shellCall = String.raw`(?:^|[;&|(\n])[ \t]{0,20}(?:(?:\w{1,40}=\S{0,200}|sudo|env|time|exec|command|nohup|nice)[ \t]{1,20}){0,4}(?:[\w./-]{0,200}/)?(?:ba|da|k|z)?sh(?:[ \t]{1,20}-\w{1,20}){0,4}[ \t]{1,20}-\w{0,10}c[ \t]{1,20}`;

const texts = new RegExp(String.raw`(?<=(${shellCall})?)(?:${quoted})|(?<=^|\s)#[^\n]*`, 'gm');

/**
 * The command on one line per call, without here-documents, comments and quoted texts, in which words of other commands
 * may stand. A quoted text is a word still; that of `bash -c` is what it runs, in parentheses.
 */
function withoutTexts(command: string): string {
  return command
    .replaceAll('\\\n', ' ')
    .replace(/(?<!<)<<(?!<)-?\s*(["']?)([A-Za-z_]\w*)(?!\w)\1([^\n]*)\n[\s\S]*?(?:\n[ \t]*\2\b|$)/g, ' $3 ')
    .replace(texts, (text: string, shell: string | undefined) =>
      shell === undefined ? '_' : `(${withoutTexts(withinQuotes(text))})`,
    );
}

/** What a shell reads of a quoted text. */
function withinQuotes(text: string): string {
  if (text.startsWith("'")) return text.slice(1, -1);
  return text.replace(/^"|"$/g, '').replace(/\\(["\\$`\n])/g, '$1');
}
