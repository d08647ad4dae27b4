import { expect, it } from 'vitest';
import { commitFolders } from './command.js';

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
