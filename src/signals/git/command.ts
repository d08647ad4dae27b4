/**
 * Reads a shell command for what it asks git to commit. Only this is kept of it: the kind of each commit, and the
 * hashes that a revert names. The command itself is never stored.
 */

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
const call = /\bgit(?:\s+-(?:[cC]\s+\S+|(?![cC]\s)\S+))*\s+(commit|revert|cherry-pick)\b([^&|;\n]*)/g;

/** What a command asks git to commit; undefined if it makes no commit. */
export function readGitCommand(command: string): GitCommand | undefined {
  if (!command.includes('git')) return undefined;
  const kinds: CommitKind[] = [];
  const reverted = [...command.matchAll(/\bThis reverts commit ([0-9a-f]{7,40})\b/g)].map(
    ([, hash = '']) => hash,
  );
  for (const [, name, words = ''] of withoutTexts(command).matchAll(call)) {
    kinds.push(kindOf(name ?? '', words));
    if (name === 'revert')
      reverted.push(...words.split(/\s+/).filter((word) => /^[0-9a-f]{7,40}$/.test(word)));
  }
  return kinds.length === 0 ? undefined : { kinds, reverted };
}

function kindOf(name: string, words: string): CommitKind {
  if (name === 'revert') return 'reverted';
  if (name === 'cherry-pick') return 'cherry_picked';
  return /(?:^|\s)--amend\b/.test(words) ? 'amended' : 'committed';
}

/** The command on one line per call, without here-documents and quoted texts, in which words of other commands may stand. */
function withoutTexts(command: string): string {
  return command
    .replaceAll('\\\n', ' ')
    .replace(/<<-?\s*(["']?)(\w+)\1([^\n]*)\n[\s\S]*?(?:\n[ \t]*\2\b|$)/g, ' $3 ')
    .replace(/"(?:[^"\\]|\\[\s\S])*"|'[^']*'/g, ' ');
}
