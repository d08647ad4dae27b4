import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../../tests/helpers/temp.js';
import { mayCommit } from './command.js';
import { commitsInLog, loggedCommits } from './reflog.js';

const [a, b, c] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];
const line = (old: string, hash: string, seconds: number, message: string) =>
  `${old} ${hash} A <a@example.com> ${seconds} +0100\t${message}\n`;

describe('the log of HEAD', () => {
  it('gives each commit with what it replaces, its kind, its branch and its second', () => {
    const log = [
      line('0'.repeat(40), a, 1772445600, 'commit (initial): one'),
      line(a, a, 1772445601, 'checkout: moving from main to feature/x'),
      line(a, b, 1772445602, 'commit: two'),
      line(b, c, 1772445603, 'commit (amend): better'),
    ].join('');
    expect(commitsInLog(log, 'ref: refs/heads/feature/x')).toEqual([
      { hash: a, old: '', kind: 'committed', subject: 'one', branch: 'main', at: 1772445600_000 },
      { hash: b, old: a, kind: 'committed', subject: 'two', branch: 'feature/x', at: 1772445602_000 },
      { hash: c, old: b, kind: 'amended', subject: 'better', branch: 'feature/x', at: 1772445603_000 },
    ]);
  });

  it.each([
    ['revert: Revert "one"', 'reverted'],
    ['commit: Revert "one"', 'reverted'],
    ['cherry-pick: one', 'cherry_picked'],
    ['commit (cherry-pick): one', 'cherry_picked'],
    ['commit (merge): one', 'committed'],
  ])('%j is a commit of the kind %s', (message, kind) => {
    expect(commitsInLog(line(a, b, 1772445600, message))).toMatchObject([{ kind }]);
  });

  it.each([
    'merge side: Fast-forward',
    'pull: Fast-forward',
    'rebase (pick): one',
    'reset: moving to HEAD~1',
    'clone: from example.com',
  ])('%j is none: it may bring commits of others', (message) => {
    expect(commitsInLog(line(a, b, 1772445600, message))).toEqual([]);
  });

  it.each([
    [
      'a tag',
      ['checkout: moving from main to v1', 'commit: x', `checkout: moving from ${a} to main`],
      'main',
      '',
    ],
    ['a tag still', ['checkout: moving from main to v1', 'commit: x'], a, ''],
    ['a branch without a line', ['checkout: moving from main to x', 'commit: x'], 'other', undefined],
    [
      'an orphan branch',
      [
        'checkout: moving from x to main',
        'commit: old',
        'commit (initial): x',
        'checkout: moving from new to main',
      ],
      'main',
      'new',
    ],
    [
      'a renamed branch',
      ['checkout: moving from main to old', 'Branch: renamed refs/heads/old to refs/heads/new', 'commit: x'],
      'new',
      'new',
    ],
    [
      'a branch that a rebase left',
      ['rebase (start): checkout main', 'rebase (finish): returning to refs/heads/feature', 'commit: x'],
      'feature',
      'feature',
    ],
    ['a rebase', ['checkout: moving from a to b', 'rebase (start): checkout main', 'commit: x'], a, ''],
    ['nobody knows where', ['commit: x'], '', undefined],
  ])('gives the branch of a commit on %s only if it is one', (_, messages, at, branch) => {
    const log = messages.map((message, n) => line(a, b, 1772445600 + n, message)).join('');
    expect(commitsInLog(log, at === a || at === '' ? at : `ref: refs/heads/${at}`).at(-1)?.branch).toBe(
      branch,
    );
  });

  it('that is damaged has the lines that can be read', () => {
    expect(commitsInLog(`\u0000\n${a} ${b}\n${line(a, b, 1772445600, 'commit: one')}half`)).toHaveLength(1);
  });
});

it('the commits of a repository, of a linked worktree and of a subfolder are those of their own HEAD', () => {
  const [root, home] = [tempFolder(), tempFolder()];
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.com', ...args], {
      cwd,
      env: { PATH: process.env.PATH, HOME: home, GIT_CONFIG_NOSYSTEM: '1' },
      encoding: 'utf8',
    }).trim();
  const main = join(root, 'shop');
  mkdirSync(join(main, 'src'), { recursive: true });
  git(main, 'init', '-q', '-b', 'main');
  git(main, 'commit', '-q', '--allow-empty', '-m', 'one');
  git(main, 'worktree', 'add', '-q', '-b', 'side', join(root, 'side'));
  git(join(root, 'side'), 'commit', '-q', '--allow-empty', '-m', 'two');
  const subjects = (folder: string) => loggedCommits(folder).map(({ subject }) => subject);
  expect(subjects(join(main, 'src'))).toEqual(['one']);
  expect(subjects(join(root, 'side'))).toEqual(['two']);
  expect(loggedCommits(join(root, 'side'))[0]?.branch).toBe('side');
  expect(loggedCommits(main)[0]?.hash).toBe(git(main, 'rev-parse', 'HEAD'));
  git(main, 'commit', '-q', '--allow-empty', '-m', 'three');
  expect(subjects(main)).toEqual(['one', 'three']);
  expect(subjects(join(root, 'gone'))).toEqual([]);
  writeFileSync(join(root, '.git'), 'gitdir: nowhere\n');
  expect(subjects(root)).toEqual([]);
});

describe('a command that may commit without naming it to git', () => {
  it.each([
    'git ci -qm x',
    'git -C lib save',
    './scripts/commit.sh',
    'make release',
    'npm version patch -m x',
    'npm run release -- --yes',
    'yarn release',
    'cd lib && make -s; FOO=1 ./release.sh',
    'python3 tools/bump.py',
    'cargo release patch',
    'git ci -m "commit it"',
  ])('%j does', (command) => expect(mayCommit(command)).toBe(true));
  it.each([
    'git status',
    'git log -1 && git push',
    'npm test',
    'echo "make release"',
    'git version',
    'ls',
    'node --version',
    'cargo build --release',
    'ls target/release',
    'target/release/shop',
    'cat docs/release-notes.md',
    'apt-get install -y git curl',
    'rm -rf .git node_modules',
    'lsb_release -a',
    'gh release list',
    'npm publish',
    'npm publish --dry-run',
    'npm run release -- --dry-run',
    'npm version',
    'git diff-index HEAD',
    'git log --oneline | grep commit',
    'git show HEAD:release.sh',
    'vim release.sh',
    'grep -rn release src | head',
    'make release-notes',
    'npm run lint:commit',
    'pre-commit run',
    'cat commit.sh',
    'man git commit',
    'docker commit web',
  ])('%j does not', (command) => expect(mayCommit(command)).toBe(false));
});
