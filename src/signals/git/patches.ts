/**
 * Finds out which commits of a repository are copies of others, or undo them, by the ids that git computes of patches:
 * they do not depend on the hash, the message, the branch and the line numbers. Only hashes and times are returned.
 *
 * git is started without a shell, without the repository's own programs (hooks, pagers, external diffs, signatures),
 * without network, and with one deadline for all of it.
 */
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import type { EpochMs, Ms } from '../../base/time/units.js';

/** How a commit is known to be a copy of another one, or to undo it. */
type CopyKind = 'patch' | 'squash' | 'amended' | 'inverse' | 'named';

/** A commit that a session made. */
export interface Original {
  /** As it is stored: shortened or whole. */
  hash: string;
  /** Empty without one. */
  branch: string;
  /** The session that made it. */
  session: string;
  /** The commits that it replaced. */
  replaced: readonly string[];
}

/** A commit that no session is known to have made, and the one that it copies or undoes. */
export interface Copy {
  hash: string;
  of: Original;
  kind: CopyKind;
  /** When it was committed. */
  at: EpochMs;
}

const SECOND_MS = 1000;

/** How many of the newest commits are looked at. */
const MOST_COMMITS = 5_000;

/** How many branches are looked at for a squash: each takes a call of git. */
const MOST_BRANCHES = 100;

/** How many of the newest lines of the log of HEAD are looked at. */
const MOST_LINES = 5_000;

/** What git found, and what was not looked at: a short text each. */
interface Found {
  copies: Copy[];
  leftOut: string[];
}

const safely = [
  '--no-pager',
  ...[
    'core.fsmonitor=false',
    'core.hooksPath=/dev/null',
    'log.showSignature=false',
    'protocol.allow=never',
  ].flatMap((setting) => ['-c', setting]),
];

/** The same patch for all settings of a user or a repository. */
const asPatch = [
  '-p',
  '--no-ext-diff',
  '--no-textconv',
  '--no-color',
  '--no-renames',
  // Else git starts a git of its own in the submodule, which takes the submodule's settings and none of ours.
  '--submodule=short',
  '--diff-algorithm=myers',
  '--unified=3',
  '--full-index',
];
const forwards = [...asPatch, '--src-prefix=a/', '--dst-prefix=b/'];
/** Reversed, git changes the prefixes over, too. */
const backwards = ['-R', ...asPatch, '--src-prefix=b/', '--dst-prefix=a/'];

/** git in one repository, until a deadline. */
class Git {
  readonly #env = {
    ...process.env,
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    // It is stronger than each protocol.NAME.allow of a repository, and an older git does not know the line before.
    GIT_ALLOW_PROTOCOL: '',
  };
  readonly #signal: AbortSignal;

  constructor(
    private readonly folder: string,
    limit: Ms,
  ) {
    this.#signal = AbortSignal.timeout(limit);
  }

  /** Whether the repository leaves out objects that another one has. */
  isPartial(): Promise<boolean> {
    const settings = String.raw`^(extensions\.partialclone|remote\..*\.promisor)$`;
    return this.lines('config', '--get-regexp', settings).then(
      (lines) => lines.length > 0,
      () => false,
    );
  }

  /** The lines that a call prints. */
  async lines(...args: string[]): Promise<string[]> {
    const { stdout } = await promisify(execFile)('git', [...safely, ...args], {
      ...{ cwd: this.folder, env: this.#env, signal: this.#signal, maxBuffer: 64 * 1024 ** 2 },
      encoding: 'utf8',
    });
    return stdout.split('\n').filter((line) => line !== '');
  }

  /** The id of each patch that a call prints, by the commit that it stands under. The patches pass from git to git. */
  patchIds(...args: string[]): Promise<Map<string, string>> {
    const options = { cwd: this.folder, env: this.#env, signal: this.#signal } as const;
    const patches = spawn('git', [...safely, ...args], { ...options, stdio: ['ignore', 'pipe', 'ignore'] });
    const ids = spawn('git', [...safely, 'patch-id', '--stable'], {
      ...options,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    return new Promise((resolve, reject) => {
      let text = '';
      let open = 2;
      const closed = (code: number | null) => {
        open -= 1;
        if (code !== 0) reject(new Error('git failed'));
        else if (open === 0) resolve(idsIn(text));
      };
      for (const one of [patches, ids]) one.on('error', reject).on('close', closed);
      ids.stdin.on('error', reject);
      ids.stdout.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      patches.stdout.pipe(ids.stdin);
    });
  }
}

/** Lines of `git patch-id`: an id and a commit each. */
function idsIn(text: string): Map<string, string> {
  const ids = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id = '', hash = ''] = line.split(' ');
    if (hash !== '') ids.set(hash, id);
  }
  return ids;
}

/**
 * The commits of a repository's branches that copy or undo commits that sessions made, since a moment.
 *
 * @param limit time limit of all calls of git together
 * @throws {Error} that says why git could not tell
 */
export async function findCopies(
  folder: string,
  originals: readonly Original[],
  since: EpochMs,
  limit: Ms,
): Promise<Found> {
  const git = new Git(folder, limit);
  try {
    return await copiesOf(git, originals, [
      `--since=${Math.floor(since / SECOND_MS)}`,
      `--max-count=${MOST_COMMITS}`,
    ]);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (isOverdue(error)) throw new Error(`git took longer than ${limit / SECOND_MS} s`, { cause: error });
    if (code === 'ENOENT')
      throw new Error('git is not installed, or the folder does not exist', { cause: error });
    if (await git.isPartial())
      throw new Error('its history is not complete here (a partial clone)', { cause: error });
    throw new Error('git cannot read a repository there', { cause: error });
  }
}

/** Whether a call of git was ended because the time was over. */
const isOverdue = (error: unknown) => error instanceof Error && error.name === 'AbortError';

async function copiesOf(git: Git, originals: readonly Original[], range: string[]): Promise<Found> {
  const reachable = ['log', '--all', '--no-merges', ...range];
  // A commit that was rebased away is still in the log of HEAD.
  const everything = ['log', '--all', '--reflog', '--no-merges', ...range];
  const onBranches = new Set(await git.lines(...reachable, '--format=%H'));
  const leftOut: string[] = [];
  const times = new Map(
    (await git.lines(...everything, '--format=%H %ct')).map((line) => {
      const [hash = '', seconds] = line.split(' ');
      return [hash, Number(seconds) * SECOND_MS];
    }),
  );
  if (times.size >= MOST_COMMITS) leftOut.push(`only the newest ${MOST_COMMITS} commits were compared`);
  const headed = '--format=tformat:commit %H';
  const patches = await git.patchIds(...everything, headed, ...forwards);
  const inverses = await git.patchIds(...reachable, headed, ...backwards);

  const wholeOf = new Map<string, string>();
  const all = [...times.keys()];
  const whole = (hash: string) => {
    const known = wholeOf.get(hash) ?? all.find((one) => one.startsWith(hash)) ?? '';
    wholeOf.set(hash, known);
    return known;
  };
  const own = new Set(originals.flatMap(({ hash, replaced }) => [hash, ...replaced].map(whole)));
  const found: Copy[] = [];
  const add = (hash: string, of: Original, kind: CopyKind) => {
    const [at, madeAt] = [times.get(hash), times.get(whole(of.hash))];
    if (at === undefined || madeAt === undefined || own.has(hash) || !onBranches.has(hash)) return;
    // An earlier commit is what the session copied.
    if (at >= madeAt) found.push({ hash, of, kind, at });
  };
  const ofPatch = new Map<string, Original[]>();
  for (const original of originals) {
    const id = patches.get(whole(original.hash));
    if (id !== undefined) ofPatch.set(id, [...(ofPatch.get(id) ?? []), original]);
  }
  const { amended, isCut } = await amendedIn(git, originals, whole);
  if (isCut) leftOut.push(`only the newest ${MOST_LINES} lines of the log of HEAD were read`);
  for (const [hash, of] of amended) add(hash, of, 'amended');
  for (const [hash, id] of patches)
    for (const original of ofPatch.get(id) ?? []) add(hash, original, 'patch');
  const branches = branchesOf(originals);
  if (branches.length > MOST_BRANCHES)
    leftOut.push(`squashes were looked for on ${MOST_BRANCHES} of ${branches.length} branches`);
  for (const line of branches.slice(0, MOST_BRANCHES)) {
    const [first, last] = [whole(line.at(0)?.hash ?? ''), whole(line.at(-1)?.hash ?? '')];
    if (first === '' || last === '' || first === last) continue;
    const [id] = (
      await git
        .patchIds('diff-tree', '-r', ...forwards, `${first}^`, last)
        // The first commit of a repository has none before it.
        .catch((error: unknown) => {
          if (isOverdue(error)) throw error;
          return new Map<string, string>();
        })
    ).values();
    if (id === undefined) continue;
    for (const [hash, other] of patches)
      if (other === id) for (const original of line) add(hash, original, 'squash');
  }
  for (const { hash, of, kind } of revertsOf(
    originals,
    found,
    whole,
    patches,
    inverses,
    await readBranch(git, range),
  ))
    add(hash, of, kind);
  const seen = new Set<string>();
  return {
    copies: found.filter(({ hash, of }) => !seen.has(`${hash} ${of.hash}`) && seen.add(`${hash} ${of.hash}`)),
    leftOut,
  };
}

/** The branch on which it is decided what is reverted. */
interface Branch {
  /** The parents of each of its commits. */
  parents: Map<string, string[]>;
  /** The commits that each revert names in its message. */
  named: Map<string, string[]>;
}

/** The remote's main branch; the one that is checked out if it has the same name, or if there is no remote. */
async function readBranch(git: Git, range: string[]): Promise<Branch> {
  const name = async (ref: string) => {
    const [full = ''] = await git.lines('rev-parse', '--symbolic-full-name', ref).catch((error: unknown) => {
      if (isOverdue(error)) throw error;
      return [];
    });
    return full;
  };
  const [remote, here] = [await name('refs/remotes/origin/HEAD'), await name('HEAD')];
  const isOther =
    remote !== '' && remote.replace('refs/remotes/origin/', '') !== here.replace('refs/heads/', '');
  const branch: Branch = { parents: new Map(), named: new Map() };
  // A branch without a commit has none that is reverted.
  if (here === '' && !isOther) return branch;
  const log = ['log', isOther ? remote : 'HEAD', ...range];
  for (const line of await git.lines(...log, '--format=%H %P')) {
    const [hash = '', ...parents] = line.split(' ');
    branch.parents.set(hash, parents);
  }
  let revert = '';
  const phrase = ['--fixed-strings', '--grep=This reverts commit '];
  for (const line of await git.lines(...log, ...phrase, '--format=%x1e%H%n%B')) {
    if (line.startsWith('\x1e')) revert = line.slice(1);
    const [, hash] = /^This reverts commit ([0-9a-f]{7,40})\.?$/.exec(line) ?? [];
    if (hash !== undefined) branch.named.set(revert, [...(branch.named.get(revert) ?? []), hash]);
  }
  return branch;
}

/**
 * The commits of a branch that undo those of sessions, or copies of these: by their patch, or because their message
 * names them. One counts only if the original or a copy is on the branch, and if all of these come before it: what was
 * applied again later, or beside it, is not reverted.
 */
function revertsOf(
  originals: readonly Original[],
  copies: readonly Copy[],
  whole: (hash: string) => string,
  patches: ReadonlyMap<string, string>,
  inverses: ReadonlyMap<string, string>,
  { parents, named }: Branch,
): Pick<Copy, 'hash' | 'of' | 'kind'>[] {
  const undoing = new Map<string, string[]>();
  const note = (key: string, hash: string) => undoing.set(key, [...(undoing.get(key) ?? []), hash]);
  for (const [hash, id] of inverses) if (parents.has(hash)) note(id, hash);
  for (const [hash, names] of named) for (const name of names) note(whole(name), hash);
  const same = new Map(originals.map((original) => [original, [whole(original.hash)]]));
  for (const { hash, of } of copies) same.get(of)?.push(hash);
  return [...same].flatMap(([of, hashes]) => {
    const standing = hashes.filter((hash) => parents.has(hash));
    const own = undoing.get(hashes[0] ?? '') ?? [];
    const keys = hashes.flatMap((hash) => [hash, patches.get(hash) ?? '']).filter((key) => key !== '');
    const reverts = new Set(keys.flatMap((key) => undoing.get(key) ?? []));
    if (standing.length === 0) return [];
    return [...reverts].flatMap((hash) => {
      const before = ancestorsOf(hash, parents);
      const kind: CopyKind = own.includes(hash) ? 'named' : 'inverse';
      return standing.every((one) => before.has(one)) ? [{ hash, of, kind }] : [];
    });
  });
}

/** The commits before a commit. */
function ancestorsOf(hash: string, parents: ReadonlyMap<string, string[]>): Set<string> {
  const before = new Set<string>();
  const next = [...(parents.get(hash) ?? [])];
  for (let one = next.pop(); one !== undefined; one = next.pop())
    if (!before.has(one)) {
      before.add(one);
      next.push(...(parents.get(one) ?? []));
    }
  return before;
}

/** The commits that replaced those of sessions by an amendment from outside, as the log of HEAD says. */
async function amendedIn(
  git: Git,
  originals: readonly Original[],
  whole: (hash: string) => string,
): Promise<{ amended: Map<string, Original>; isCut: boolean }> {
  const amended = new Map<string, Original>();
  const of = new Map(originals.map((original) => [whole(original.hash), original]));
  const lines = await git
    .lines('log', '--walk-reflogs', '--format=%H %gs', `--max-count=${MOST_LINES}`, 'HEAD')
    // A branch without a commit may be checked out.
    .catch((error: unknown) => {
      if (isOverdue(error)) throw error;
      return [];
    });
  // The oldest first, because an amended commit may be amended again; the line before says what HEAD was.
  let before = '';
  for (const line of lines.reverse()) {
    const [hash = ''] = line.split(' ', 1);
    const original = line.startsWith(`${hash} commit (amend): `) ? of.get(before) : undefined;
    before = hash;
    if (original === undefined) continue;
    amended.set(hash, original);
    of.set(hash, original);
  }
  return { amended, isCut: lines.length >= MOST_LINES };
}

/** The commits of each branch on which sessions made several, oldest first. */
function branchesOf(originals: readonly Original[]): Original[][] {
  const branches = new Map<string, Original[]>();
  for (const original of originals)
    if (original.branch !== '')
      branches.set(original.branch, [...(branches.get(original.branch) ?? []), original]);
  return [...branches.values()].filter(({ length }) => length > 1);
}
