/**
 * Reads what git prints after a commit:
 *
 *     [main 537dbc2] subject
 *      Date: Mon Nov 30 03:07:41 2026 +0000
 *      2 files changed, 12 insertions(+), 3 deletions(-)
 *
 * The first line is the same in every language, but for `(root-commit)` and `detached HEAD`. `git commit -q`, merges and
 * rebases print no such line.
 */

/** A commit that git reported. */
export interface PrintedCommit {
  /** As git shortened it. */
  hash: string;
  /** Empty without a branch (a detached HEAD). */
  branch: string;
  /** For comparison only: it is never stored. */
  subject: string;
  /** Null if git printed no figures: for an empty commit, or in another language. */
  files: number | null;
  added: number | null;
  removed: number | null;
}

/** git shortens a hash to seven digits or more; a branch has at most 255 bytes. */
const head = /^\[([^\]]{1,300}) ([0-9a-f]{7,40})\] (.*)$/;
const note = / \([^)]*\)$/;
const figures = /^ (\d+) files? changed(?:, (\d+) insertions?\(\+\))?(?:, (\d+) deletions?\(-\))?$/;

/** The commits in an output, in order. A commit that is reported twice is there once. */
export function commitsIn(output: string): PrintedCommit[] {
  const commits = new Map<string, PrintedCommit>();
  let last: PrintedCommit | undefined;
  for (const line of output.split(/\r?\n/)) {
    const [, before = '', hash, subject = ''] = head.exec(line) ?? [];
    if (hash !== undefined) {
      const place = before.replace(note, '');
      const branch = place.includes(' ') ? '' : place;
      last = { hash, branch, subject, files: null, added: null, removed: null };
      if (!commits.has(hash)) commits.set(hash, last);
      continue;
    }
    const [, files, added = '0', removed = '0'] = figures.exec(line) ?? [];
    if (files === undefined || last?.files !== null) continue;
    [last.files, last.added, last.removed] = [Number(files), Number(added), Number(removed)];
  }
  return [...commits.values()];
}
