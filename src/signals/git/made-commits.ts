/** The commits that a call of Bash made, and how the commits of a session replace and revert one another. */
import { asObject, asText } from '../../base/json/json.js';
import type { CommitKind, GitCommand } from './command.js';
import { commitsIn, type PrintedCommit } from './output.js';

/** A commit that a call of Bash made. */
export interface MadeCommit extends PrintedCommit {
  kind: CommitKind;
  /** Which commit of its call it is: 0 for the first. */
  place: number;
  /** The hash that a revert was given; empty if it was given none. */
  given: string;
  /** Absolute path of the folder in which it was made; empty or missing if it cannot be told. */
  folder?: string;
  /** The commit that an amended one replaced, if git wrote it down. */
  old?: string;
  /** How it was found if git printed nothing: in the log of HEAD, by a call that asked for it or may have made it. */
  found?: 'log' | 'log_of_script';
}

/** How a link to another commit is known: by its hash, by its subject, or because it is the one before. */
type Evidence = 'hash' | 'subject' | 'order';

/** A commit with its links to other commits of the session. */
export interface LinkedCommit<C extends MadeCommit = MadeCommit> {
  commit: C;
  /** The commit that it replaces, and the first one of those that replaced one another; empty if it replaces none. */
  replaces: string;
  first: string;
  /** The commit that it reverts; empty if it reverts none, or an unknown one. */
  reverts: string;
  /** How the link is known; empty without a link. */
  evidence: Evidence | '';
}

/**
 * The commits that a call of Bash made.
 *
 * @param reported the `gitOperation` of the call's result, in which newer clients name the first commit: it counts if the
 *   output has lost the line
 */
export function commitsOfCall(git: GitCommand, output: string, reported?: unknown): MadeCommit[] {
  const first = firstReported(reported);
  const found = commitsIn(output).filter(
    ({ hash }) => git.kinds.length > 0 || (first !== undefined && isSame(hash, first.hash)),
  );
  const printed =
    first === undefined || found.some(({ hash }) => isSame(hash, first.hash)) ? found : [first, ...found];
  const isPaired = git.kinds.length === printed.length;
  const isOneKind = new Set(git.kinds).size === 1;
  const kinds = printed.map(({ subject }, place): CommitKind => {
    if (subject.startsWith('Revert "')) return 'reverted';
    const kind = isPaired ? git.kinds[place] : isOneKind ? git.kinds[0] : undefined;
    return kind ?? 'committed';
  });
  const isGiven = kinds.filter((kind) => kind === 'reverted').length === git.reverted.length;
  const given = git.reverted.values();
  return printed.map((commit, place) => {
    const kind = kinds[place] ?? 'committed';
    // Each revert was given one hash, or it is not known which.
    return {
      ...commit,
      kind,
      place,
      given: kind === 'reverted' && isGiven ? (given.next().value ?? '') : '',
    };
  });
}

/** Whether two hashes are one, of which either may be shortened. */
const isSame = (one: string, other: string) => one.startsWith(other) || other.startsWith(one);

function firstReported(reported: unknown): PrintedCommit | undefined {
  const commit = asObject(asObject(reported)?.commit);
  const hash = asText(commit?.sha) ?? '';
  if (!/^[0-9a-f]{7,40}$/.test(hash)) return undefined;
  return { hash, branch: asText(commit?.branch) ?? '', subject: '', files: null, added: null, removed: null };
}

/**
 * Links the commits of a session, given in order of time.
 *
 * An amended commit replaces the last one of its branch that the session made, in the same repository as far as that is
 * known, and that was not replaced: git does not print which it was. A revert undoes the commit whose hash it was given, else the last one with the subject that its
 * own subject quotes. A commit that the session did not make is only found by its hash.
 *
 * @param repositoryOf the repository of a folder; undefined if it is not known
 */
export function linkCommits<C extends MadeCommit>(
  commits: readonly C[],
  repositoryOf: (folder: string) => string | undefined = () => undefined,
): LinkedCommit<C>[] {
  const isElsewhere = (one: C, other: C) => {
    const [first, second] = [one, other].map(({ folder = '' }) =>
      folder === '' ? undefined : repositoryOf(folder),
    );
    return first !== undefined && second !== undefined && first !== second;
  };
  const linked: LinkedCommit<C>[] = [];
  const replaced = new Set<LinkedCommit<C>>();
  // Looked up, never searched from the first one: an output may list very many commits.
  const ofBranch = new Map<string, LinkedCommit<C>[]>();
  const ofSubject = new Map<string, LinkedCommit<C>[]>();
  for (const commit of commits) {
    const one: LinkedCommit<C> = { commit, replaces: '', first: '', reverts: '', evidence: '' };
    if (commit.kind === 'amended') {
      const here = ofBranch.get(commit.branch) ?? [];
      const { old: oldHash } = commit;
      const at = here.findLastIndex((other) =>
        oldHash === undefined ? !isElsewhere(other.commit, commit) : isSame(oldHash, other.commit.hash),
      );
      const [old] = at < 0 ? [] : here.splice(at, 1);
      if (old !== undefined) {
        replaced.add(old);
        one.replaces = old.commit.hash;
        one.first = old.first === '' ? old.commit.hash : old.first;
        one.evidence =
          oldHash !== undefined ? 'hash' : old.commit.subject === commit.subject ? 'subject' : 'order';
      }
    } else if (commit.kind === 'reverted') {
      const [, quoted] = /^Revert "(.*)"$/.exec(commit.subject) ?? [];
      const alike = ofSubject.get(quoted ?? '') ?? [];
      let undone = quoted === undefined ? undefined : alike.at(-1);
      for (; undone !== undefined && replaced.has(undone); undone = alike.at(-1)) alike.pop();
      one.reverts = commit.given === '' ? (undone?.commit.hash ?? '') : commit.given;
      if (one.reverts !== '') one.evidence = commit.given === '' ? 'subject' : 'hash';
    }
    linked.push(one);
    addTo(ofBranch, commit.branch, one);
    addTo(ofSubject, commit.subject, one);
  }
  return linked;
}

function addTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}
