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
type CopyKind = 'patch' | 'squash' | 'amended' | 'inverse';

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
): Promise<Copy[]> {
  const git = new Git(folder, limit);
  try {
    return await copiesOf(git, originals, [
      `--since=${Math.floor(since / SECOND_MS)}`,
      `--max-count=${MOST_COMMITS}`,
    ]);
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    if (name === 'AbortError')
      throw new Error(`git took longer than ${limit / SECOND_MS} s`, { cause: error });
    if (code === 'ENOENT')
      throw new Error('git is not installed, or the folder does not exist', { cause: error });
    if (await git.isPartial())
      throw new Error('its history is not complete here (a partial clone)', { cause: error });
    throw new Error('git cannot read a repository there', { cause: error });
  }
}

async function copiesOf(git: Git, originals: readonly Original[], range: string[]): Promise<Copy[]> {
  const reachable = ['log', '--all', '--no-merges', ...range];
  // A commit that was rebased away is still in the log of HEAD.
  const everything = ['log', '--all', '--reflog', '--no-merges', ...range];
  const onBranches = new Set(await git.lines(...reachable, '--format=%H'));
  const times = new Map(
    (await git.lines(...everything, '--format=%H %ct')).map((line) => {
      const [hash = '', seconds] = line.split(' ');
      return [hash, Number(seconds) * SECOND_MS];
    }),
  );
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
  for (const [hash, of] of await amendedIn(git, originals, whole)) add(hash, of, 'amended');
  for (const [hash, id] of patches)
    for (const original of ofPatch.get(id) ?? []) add(hash, original, 'patch');
  for (const [hash, id] of inverses)
    for (const original of ofPatch.get(id) ?? []) add(hash, original, 'inverse');
  for (const line of branchesOf(originals).slice(0, MOST_BRANCHES)) {
    const [first, last] = [whole(line.at(0)?.hash ?? ''), whole(line.at(-1)?.hash ?? '')];
    if (first === '' || last === '' || first === last) continue;
    const [id] = (
      await git
        .patchIds('diff-tree', '-r', ...forwards, `${first}^`, last)
        .catch(() => new Map<string, string>())
    ).values();
    if (id === undefined) continue;
    for (const [hash, other] of patches)
      if (other === id) for (const original of line) add(hash, original, 'squash');
  }
  const seen = new Set<string>();
  return found.filter(({ hash, of }) => !seen.has(`${hash} ${of.hash}`) && seen.add(`${hash} ${of.hash}`));
}

/** The commits that replaced those of sessions by an amendment from outside, as the log of HEAD says. */
async function amendedIn(
  git: Git,
  originals: readonly Original[],
  whole: (hash: string) => string,
): Promise<Map<string, Original>> {
  const amended = new Map<string, Original>();
  const of = new Map(originals.map((original) => [whole(original.hash), original]));
  const lines = await git.lines('log', '--walk-reflogs', '--format=%H %gs', '--max-count=5000', 'HEAD');
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
  return amended;
}

/** The commits of each branch on which sessions made several, oldest first. */
function branchesOf(originals: readonly Original[]): Original[][] {
  const branches = new Map<string, Original[]>();
  for (const original of originals)
    if (original.branch !== '')
      branches.set(original.branch, [...(branches.get(original.branch) ?? []), original]);
  return [...branches.values()].filter(({ length }) => length > 1);
}
