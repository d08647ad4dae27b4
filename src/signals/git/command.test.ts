import { expect, it } from 'vitest';
import { commitFolders, readGitCommand } from './command.js';

it.each([
  ['git commit -m x', ['/shop']],
  ['git -C ../lib commit -m x', ['/lib']],
  ['git -c user.name=x -C /lib -C src commit', ['/lib/src']],
  ['cd ../lib && git commit -m x', ['/lib']],
  ['git commit -m a; cd src\ngit commit -m b; cd .. && git commit --amend', ['/shop', '/shop/src', '/shop']],
  ['cd a && git commit --dry-run && git commit', ['/shop/a']],
  ['cd "$HOME/lib" && git commit', ['']],
  ['cd $LIB && git commit', ['']],
  ['cd ~/lib && git commit', ['']],
  ['(cd lib; git commit); git commit', ['', '']],
  ['echo "cd /lib" && git commit', ['/shop']],
  ['ls', []],
])('the folders of the commits of %j', (command, folders) => {
  expect(commitFolders(command, '/shop')).toEqual(folders);
});

it('a folder that no line names is not known', () => {
  expect(commitFolders('git commit && git -C /lib commit', '')).toEqual(['', '/lib']);
});

it.each([
  [`bash -c 'git commit -q -m "a b"'`, ['committed'], 1],
  ['sh -c "git commit -qm \\"a b\\" && git commit -q --amend"', ['committed', 'amended'], 2],
  [`FOO=1 sudo /bin/bash -ec 'git commit -q'`, ['committed'], 1],
  [`bash -c "bash -c 'git commit -q'"`, ['committed'], 1],
  ['make test && zsh -l -c "git revert 1234567"', ['reverted'], null],
])('what bash -c runs in %j is read like a command of its own', (command, kinds, most) => {
  expect(readGitCommand(command)).toMatchObject({ kinds, most });
});

it.each([
  `echo "bash -c 'git commit'"`,
  'docker run image sh -c "git commit -q"',
  'ssh host "git commit -q"',
  `bash -c 'echo "git commit"'`,
])('a text in %j that this shell does not run makes no commit', (command) => {
  expect(readGitCommand(command)).toMatchObject({ kinds: [], most: 0 });
});

it('a folder that bash -c changes is its own, and is not looked for', () => {
  expect(commitFolders("bash -c 'git commit -q'", '/shop')).toEqual(['/shop']);
  expect(commitFolders("bash -c 'cd lib && git commit -q'; git commit", '/shop')).toEqual(['', '']);
});
