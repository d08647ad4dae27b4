import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { findCopies, type Original } from './patches.js';

/** A repository in which each commit is made a second after the one before. */
function repository() {
  const folder = join(tempFolder(), 'shop');
  mkdirSync(folder);
  let second = Date.parse('2026-03-02T10:00:00Z') / 1000;
  const git = (...args: string[]) => {
    second += 1;
    const date = `${second} +0000`;
    return execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  };
  /** Writes a file of one line and commits it: the hash. */
  const commit = (name: string, text = name) => {
    writeFileSync(join(folder, name), `${text}\n`);
    git('add', '.');
    git('commit', '-qm', name);
    return git('rev-parse', 'HEAD');
  };
  git('init', '-q', '-b', 'main');
  commit('start');
  return { folder, git, commit };
}

const made = (hash: string, branch = 'work', replaced: string[] = []): Original => ({
  ...{ hash: hash.slice(0, 7), branch, session: 'session-1', replaced },
});
const since = Date.parse('2026-03-01T00:00:00Z');
const found = async (folder: string, originals: Original[]) =>
  (await findCopies(folder, originals, since, 30_000)).copies.map(({ hash, of, kind }) => [
    hash,
    kind,
    of.hash,
  ]);

it('a commit that was rebased, cherry-picked, squashed or amended elsewhere is found by its patch', async () => {
  const { folder, git, commit } = repository();
  git('switch', '-qc', 'work');
  const one = commit('one');
  const two = commit('two');
  git('switch', '-qc', 'hotfix', 'main');
  const wrong = commit('wrong');

  git('switch', '-q', 'main');
  commit('of somebody else');
  git('cherry-pick', one);
  const picked = git('rev-parse', 'HEAD');
  git('revert', '--no-edit', picked);
  git('merge', '--squash', '-q', 'work');
  git('commit', '-qm', 'one and two (#1)');
  const squashed = git('rev-parse', 'HEAD');
  git('switch', '-q', 'hotfix');
  git('commit', '-q', '--amend', '--allow-empty', '-m', 'right');
  writeFileSync(join(folder, 'wrong'), 'right\n');
  git('commit', '-aq', '--amend', '--no-edit');
  const right = git('rev-parse', 'HEAD');
  git('switch', '-q', 'work');
  git('rebase', '-q', 'hotfix');
  const [rebasedTwo, rebasedOne] = git('log', '--format=%H', '-2').split('\n');

  // The first amendment has the same patch, but is on no branch; the second one amends the first.
  expect(await found(folder, [made(one), made(two), made(wrong, 'hotfix')])).toEqual(
    expect.arrayContaining([
      [picked, 'patch', one.slice(0, 7)],
      [rebasedOne, 'patch', one.slice(0, 7)],
      [rebasedTwo, 'patch', two.slice(0, 7)],
      [right, 'amended', wrong.slice(0, 7)],
      [squashed, 'squash', one.slice(0, 7)],
      [squashed, 'squash', two.slice(0, 7)],
    ]),
  );
  expect(await found(folder, [made(one), made(two), made(wrong, 'hotfix')])).toHaveLength(6);
});

it('a revert counts on the branch that is checked out, if the commit or a copy is there and none comes later', async () => {
  const { folder, git, commit } = repository();
  const one = commit('one');
  git('switch', '-qc', 'experiment');
  git('revert', '--no-edit', one);
  const tried = git('rev-parse', 'HEAD');
  expect(await found(folder, [made(one, 'main')])).toEqual([[tried, 'named', one.slice(0, 7)]]);
  git('switch', '-q', 'main');
  expect(await found(folder, [made(one, 'main')])).toEqual([]);
  // Without a name, by the patch alone.
  git('revert', '--no-commit', one);
  git('commit', '-qm', 'undo it');
  const undone = git('rev-parse', 'HEAD');
  expect(await found(folder, [made(one, 'main')])).toEqual([[undone, 'inverse', one.slice(0, 7)]]);
  git('revert', '--no-edit', undone);
  const again = git('rev-parse', 'HEAD');
  expect(await found(folder, [made(one, 'main')])).toEqual([[again, 'patch', one.slice(0, 7)]]);
});

it('the revert of a squash reverts each of its commits, and the main branch of the remote decides', async () => {
  const { folder, git, commit } = repository();
  git('switch', '-qc', 'work');
  const [one, two] = [commit('one'), commit('two')];
  git('switch', '-q', 'main');
  git('merge', '--squash', '-q', 'work');
  git('commit', '-qm', 'both');
  const squashed = git('rev-parse', 'HEAD');
  git('revert', '--no-edit', 'HEAD');
  const undone = git('rev-parse', 'HEAD');
  const originals = [made(one), made(two)];
  const expected = [
    [squashed, 'squash', one.slice(0, 7)],
    [squashed, 'squash', two.slice(0, 7)],
    [undone, 'inverse', one.slice(0, 7)],
    [undone, 'inverse', two.slice(0, 7)],
  ];
  expect(await found(folder, originals)).toEqual(expected);
  git('switch', '-q', 'work');
  expect(await found(folder, originals)).toEqual(expected.slice(0, 2));
  git('update-ref', 'refs/remotes/origin/main', 'main');
  git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
  expect(await found(folder, originals)).toEqual(expected);
});

it('a branch without a commit may be checked out', async () => {
  const { folder, git, commit } = repository();
  const one = commit('one');
  git('switch', '-qc', 'side', 'HEAD~1');
  git('commit', '-q', '--allow-empty', '-m', 'of somebody else');
  git('cherry-pick', one);
  const picked = git('rev-parse', 'HEAD');
  git('checkout', '-q', '--orphan', 'new');
  expect(await found(folder, [made(one, 'main')])).toEqual([[picked, 'patch', one.slice(0, 7)]]);
});

it('a commit that was amended by hand is found although its patch is another one', async () => {
  const { folder, git, commit } = repository();
  const one = commit('one');
  writeFileSync(join(folder, 'one'), 'better\n');
  git('commit', '-aq', '--amend', '--no-edit');
  const amended = git('rev-parse', 'HEAD');
  expect(await found(folder, [made(one, 'main')])).toEqual([[amended, 'amended', one.slice(0, 7)]]);
  // If a session amended it, it is no copy.
  expect(await found(folder, [made(amended, 'main', [one.slice(0, 7)])])).toEqual([]);
});

it('what a session copied from an earlier commit is not the original of that commit', async () => {
  const { folder, git, commit } = repository();
  git('switch', '-qc', 'theirs');
  const theirs = commit('one');
  git('switch', '-q', 'main');
  commit('two');
  git('cherry-pick', theirs);
  expect(await found(folder, [made(git('rev-parse', 'HEAD'), 'main')])).toEqual([]);
});

it('the programs that a repository names are not run', async () => {
  const { folder, git, commit } = repository();
  const one = commit('one');
  writeFileSync(join(folder, 'run.sh'), `#!/bin/sh\ntouch "${folder}/ran"\n`, { mode: 0o755 });
  for (const setting of ['core.fsmonitor', 'diff.external', 'core.pager', 'gpg.program', 'diff.x.textconv'])
    git('config', setting, join(folder, 'run.sh'));
  git('config', 'log.showSignature', 'true');
  writeFileSync(join(folder, '.git', 'info', 'attributes'), '* diff=x\n');
  git('switch', '-qc', 'side', 'HEAD~1');
  git('cherry-pick', one);
  execFileSync('rm', ['-f', join(folder, 'ran')]);
  expect(await found(folder, [made(one, 'main')])).toMatchObject([
    [git('rev-parse', 'HEAD'), 'patch', expect.any(String)],
  ]);
  expect(() => execFileSync('ls', [join(folder, 'ran')], { stdio: 'ignore' })).toThrow();
});

it('the programs that a submodule names are not run, and a move of it is the same patch everywhere', async () => {
  const { folder, git } = repository();
  const sub = repository();
  sub.commit('first');
  git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', sub.folder, 'sub');
  git('commit', '-qm', 'has a submodule');
  sub.commit('second');
  git('-C', 'sub', '-c', 'protocol.file.allow=always', 'pull', '-q');
  git('commit', '-qam', 'moves it');
  const moved = git('rev-parse', 'HEAD');
  git('switch', '-qc', 'side', 'HEAD~1');
  git('commit', '-q', '--allow-empty', '-m', 'of somebody else');
  git('cherry-pick', moved);
  const picked = git('rev-parse', 'HEAD');
  const program = join(tempFolder(), 'run.sh');
  writeFileSync(program, `#!/bin/sh\ntouch "${folder}/ran"\n`, { mode: 0o755 });
  git('-C', 'sub', 'config', 'diff.external', program);
  for (const how of ['diff', 'log', 'short']) {
    git('config', 'diff.submodule', how);
    expect(await found(folder, [made(moved, 'main')])).toEqual([[picked, 'patch', moved.slice(0, 7)]]);
  }
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

it('a partial clone fetches nothing, and says that its history is not complete', async () => {
  const { folder, git, commit } = repository();
  const one = commit('one');
  git('config', 'uploadpack.allowFilter', 'true');
  const clone = join(tempFolder(), 'clone');
  git('clone', '-q', '--no-local', '--no-checkout', '--filter=blob:none', `file://${folder}`, clone);
  const program = join(tempFolder(), 'run.sh');
  const ran = join(clone, 'ran');
  writeFileSync(program, `#!/bin/sh\ntouch "${ran}"\nexit 1\n`, { mode: 0o755 });
  git('-C', clone, 'config', 'protocol.ext.allow', 'always');
  git('-C', clone, 'config', 'remote.origin.url', `ext::${program}`);
  // A git that does not know GIT_NO_LAZY_FETCH.
  const older = tempFolder();
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim();
  writeFileSync(join(older, 'git'), `#!/bin/sh\nunset GIT_NO_LAZY_FETCH\nexec ${real} "$@"\n`, {
    mode: 0o755,
  });
  for (const path of [process.env.PATH, `${older}:${process.env.PATH}`]) {
    vi.stubEnv('PATH', path);
    await expect(findCopies(clone, [made(one, 'main')], since, 30_000)).rejects.toThrow(
      'its history is not complete here (a partial clone)',
    );
  }
  vi.unstubAllEnvs();
  expect(existsSync(ran)).toBe(false);
});

it('says what it did not look at', async () => {
  const { folder, commit } = repository();
  const one = commit('one');
  const many = Array.from({ length: 202 }, (_, n) => made(n === 0 ? one : 'abcdef0', `b${n % 101}`));
  expect((await findCopies(folder, many, since, 30_000)).leftOut).toEqual([
    'squashes were looked for on 100 of 101 branches',
  ]);
  const log = join(folder, '.git', 'logs', 'HEAD');
  writeFileSync(log, readFileSync(log, 'utf8').repeat(2_500));
  expect((await findCopies(folder, [made(one)], since, 30_000)).leftOut).toEqual([
    'only the newest 5000 lines of the log of HEAD were read',
  ]);
});

it('says why it cannot tell: no repository, no folder, no time', async () => {
  const { folder, commit } = repository();
  const originals = [made(commit('one'))];
  await expect(findCopies(tempFolder(), originals, since, 30_000)).rejects.toThrow(
    'git cannot read a repository there',
  );
  await expect(findCopies(join(folder, 'gone'), originals, since, 30_000)).rejects.toThrow(
    'the folder does not exist',
  );
  await expect(findCopies(folder, originals, since, 0)).rejects.toThrow('git took longer than 0 s');
});
