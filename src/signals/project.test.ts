import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectOf } from './project.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'atel-project-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A git repository with one commit, as nobody's settings would make it. */
function repository(name: string, origin?: string): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      cwd: folder,
      stdio: 'pipe',
    });
  git('init', '--quiet');
  git('commit', '--quiet', '--allow-empty', '--message=begin');
  if (origin !== undefined) git('remote', 'add', 'origin', origin);
  return folder;
}

describe('projectOf', () => {
  it('names the repository, from whatever folder in it', () => {
    const shop = repository('shop');
    mkdirSync(join(shop, 'src/deep'), { recursive: true });
    expect(projectOf(shop)).toMatch(/^shop-[0-9a-f]{8}$/);
    expect(projectOf(join(shop, 'src/deep'))).toBe(projectOf(shop));
  });

  it('names a worktree by its main repository', () => {
    const shop = repository('shop');
    execFileSync('git', ['worktree', 'add', '--quiet', join(root, 'shop-feature')], {
      cwd: shop,
      stdio: 'pipe',
    });
    expect(projectOf(join(root, 'shop-feature'))).toBe(projectOf(shop));
  });

  it('keeps two repositories of one name apart', () => {
    expect(projectOf(repository('a/shop'))).not.toBe(projectOf(repository('b/shop')));
  });

  it('recognises a repository by its remote, however that is written, and shows no secret of it', () => {
    const ssh = projectOf(repository('a/shop', 'git@example.com:acme/shop.git'));
    const https = projectOf(repository('b/shop', 'https://user:s3cret@example.com/acme/shop'));
    expect(https).toBe(ssh);
    expect(https).not.toContain('s3cret');
  });

  it('names a folder outside any repository, or one that is gone, by its path', () => {
    expect(projectOf(join(root, 'gone/shop'))).toMatch(/^shop-[0-9a-f]{8}$/);
    expect(projectOf('/')).toMatch(/^root-[0-9a-f]{8}$/);
  });

  it('does not fail on a .git file that makes no sense', () => {
    mkdirSync(join(root, 'odd'));
    writeFileSync(join(root, 'odd/.git'), 'nonsense');
    expect(projectOf(join(root, 'odd'))).toMatch(/^odd-[0-9a-f]{8}$/);
  });
});
