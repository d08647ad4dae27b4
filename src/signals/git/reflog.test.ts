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
    expect(commitsInLog(log)).toEqual([
      { hash: a, old: '', kind: 'committed', subject: 'one', branch: undefined, at: 1772445600_000 },
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
  expect(loggedCommits(main)[0]?.hash).toBe(git(main, 'rev-parse', 'HEAD'));
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
  ])('%j does', (command) => expect(mayCommit(command)).toBe(true));
  it.each([
    'git status',
    'git log -1 && git push',
    'npm test',
    'echo "make release"',
    'git version',
    'ls',
    'node --version',
  ])('%j does not', (command) => expect(mayCommit(command)).toBe(false));
});
