import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { projectOf } from './project.js';
import { plainWord, secretsInContext } from '../../tests/helpers/secrets.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'atel-project-')));
});
afterEach(() => rmSync(root, { recursive: true }));

/** A git repository with one commit, independent of the user's git settings. */
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
  it('a project is named by its repository, from any folder in it', () => {
    const shop = repository('shop');
    mkdirSync(join(shop, 'src/deep'), { recursive: true });
    expect(projectOf(shop)).toMatch(/^shop-[0-9a-f]{8}$/);
    expect(projectOf(join(shop, 'src/deep'))).toBe(projectOf(shop));
  });

  it('a worktree belongs to the project of its main repository', () => {
    const shop = repository('shop');
    execFileSync('git', ['worktree', 'add', '--quiet', join(root, 'shop-feature')], {
      cwd: shop,
      stdio: 'pipe',
    });
    expect(projectOf(join(root, 'shop-feature'))).toBe(projectOf(shop));
  });

  it('two repositories of the same name are different projects', () => {
    expect(projectOf(repository('a/shop'))).not.toBe(projectOf(repository('b/shop')));
  });

  it('a repository is recognised by its remote in any notation, and no secret of the URL is kept', () => {
    const ssh = projectOf(repository('a/shop', 'git@example.com:acme/shop.git'));
    const https = projectOf(repository('b/shop', 'https://user:s3cret@example.com/acme/shop'));
    expect(https).toBe(ssh);
    expect(https).not.toContain('s3cret');
    const others = [
      'ssh://git@example.com:2222/acme/shop.git',
      'https://example.com:8443/acme/shop/',
      'git@example.com:/acme/shop.git/',
      'git+ssh://git@EXAMPLE.com/Acme/shop',
      'https://user:12345@example.com/acme/shop.git',
    ];
    for (const [n, url] of others.entries()) expect(projectOf(repository(`${n}/shop`, url))).toBe(ssh);
    // A number after the colon is a folder if the address names no protocol.
    expect(projectOf(repository('c/shop', 'git@example.com:123/shop.git'))).not.toBe(
      projectOf(repository('d/shop', 'git@example.com:shop.git')),
    );
  });

  it('a folder outside of a repository, or one that is gone, is named by its path', () => {
    expect(projectOf(join(root, 'gone/shop'))).toMatch(/^shop-[0-9a-f]{8}$/);
    expect(projectOf('/')).toMatch(/^root-[0-9a-f]{8}$/);
  });

  it('a worktree that Claude Code made belongs to its repository, also when both are gone or on another system', () => {
    expect(projectOf(join(root, 'gone/shop/.claude/worktrees/feature'))).toBe(
      projectOf(join(root, 'gone/shop')),
    );
    expect(projectOf(String.raw`C:\src\shop\.claude\worktrees\feature\api`)).toBe(
      projectOf(String.raw`C:\src\shop`),
    );
    const shop = repository('a/shop');
    expect(projectOf(join(shop, '.claude/worktrees/feature'))).toBe(projectOf(shop));
  });

  it('a Windows folder is one project, with or without the prefix of long paths', () => {
    for (const [short, long] of [
      [String.raw`C:\Users\dev\shop`, String.raw`\\?\C:\Users\dev\shop`],
      [String.raw`\\server\share\shop`, String.raw`\\?\UNC\server\share\shop`],
      [String.raw`C:\Users\dev`, String.raw`\\?\c:\users\dev\ `.trim()],
    ] as const)
      expect(projectOf(long)).toBe(projectOf(short));
    expect(projectOf(String.raw`\\?\C:\Users\dev`)).toMatch(/^home-/);
    expect(projectOf(String.raw`\\server\share\shop`)).not.toBe(projectOf(String.raw`C:\share\shop`));
  });

  it("the user's home folder is not named after the user, wherever it is", () => {
    const home = join(root, 'DOMAIN', 'dev');
    vi.stubEnv('HOME', home);
    expect(projectOf(home)).toMatch(/^home-[0-9a-f]{8}$/);
    expect(projectOf(join(home, 'shop'))).toMatch(/^shop-[0-9a-f]{8}$/);
    vi.unstubAllEnvs();
  });

  it.each([
    'C:\\Users\\dev\\shop',
    'c:/Users/dev/shop/',
    'D:\\work\\acme\\shop',
    '\\\\server\\share\\shop',
    '\\\\wsl$\\Ubuntu\\home\\dev\\shop',
  ])('a folder of another system is named by its last part, on any platform: %s', (folder) => {
    const here = process.cwd();
    const names = [repository('one'), repository('two'), root].map((cwd) => {
      process.chdir(cwd);
      return projectOf(folder);
    });
    process.chdir(here);
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(/^shop-[0-9a-f]{8}$/);
  });

  it('different spellings of one Windows path are one project, other paths are others', () => {
    expect(projectOf('C:\\Users\\dev\\shop')).toBe(projectOf('c:/users/dev/shop/'));
    expect(projectOf('C:\\Users\\dev\\shop')).not.toBe(projectOf('C:\\Users\\ann\\shop'));
  });

  it.each([
    ...['/home/ann', '/Users/ann', 'C:\\Users\\ann', '/mnt/c/Users/ann', '/root', '/var/home/ann'],
    ...['\\\\wsl$\\Ubuntu\\home\\ann', '\\\\wsl.localhost\\Ubuntu\\home\\ann\\', '/c/Users/ann'],
    ...['/cygdrive/c/Users/ann', '/export/home/ann', 'C:\\Documents and Settings\\ann'],
  ])('a project is not named after a user: %s', (folder) => {
    expect(projectOf(folder)).toMatch(/^home-[0-9a-f]{8}$/);
  });

  it('a secret is redacted in the name of a project', () => {
    const key = ['gh', 'p_', 'a'.repeat(36)].join('');
    expect(projectOf(join(root, `clone-${key}`))).toMatch(/^clone-\[redacted:github_token\]-[0-9a-f]{8}$/);
  });

  it.each([
    ['net use \\\\host /user:bob planted-word', 'user:bob [redacted:password]'],
    ['gh secret set NAME --body x/planted-word', 'gh secret set NAME --body [redacted:password]'],
    ['password_hash=planted-word', 'password_hash=[redacted:password]'],
  ])('a secret is redacted in a folder name with slashes in it: %s', (folder, name) => {
    const project = projectOf(`/srv/${folder}`);
    expect(project).not.toContain('planted');
    expect(project.slice(0, -'-00000000'.length)).toBe(name);
  });

  it('no text with a password in it gives its password to a project, as a folder of another system', () => {
    const leaks = secretsInContext.filter(([, text]) => projectOf(text).includes(plainWord));
    expect(leaks).toEqual([]);
  });

  it.each(['.bare', '../shop.git'])(
    'all worktrees of a bare repository belong to one and the same project: %s',
    (name) => {
      const source = repository('source');
      const folder = join(root, 'shop');
      mkdirSync(folder);
      const bare = join(folder, name);
      const git = (...args: string[]) => execFileSync('git', args, { cwd: bare, stdio: 'pipe' });
      execFileSync('git', ['clone', '--quiet', '--bare', source, bare], { stdio: 'pipe' });
      git('worktree', 'add', '--quiet', '-b', 'one', join(root, 'shop-one'));
      git('worktree', 'add', '--quiet', '-b', 'two', join(folder, 'path/to/two'));
      if (name === '.bare') writeFileSync(join(folder, '.git'), 'gitdir: ./.bare\n');
      const folders = [bare, join(root, 'shop-one'), join(folder, 'path/to/two')];
      if (name === '.bare') folders.push(folder);
      const names = () => [...new Set(folders.map(projectOf))];
      expect(names()).toEqual([expect.stringMatching(/^shop-[0-9a-f]{8}$/)]);

      git('remote', 'set-url', 'origin', 'https://example.com/acme/shop');
      const other = repository('elsewhere/shop', 'git@example.com:acme/shop.git');
      expect(names()).toEqual([projectOf(other)]);
    },
  );

  it('an invalid .git file is no error', () => {
    mkdirSync(join(root, 'odd'));
    writeFileSync(join(root, 'odd/.git'), 'nonsense');
    expect(projectOf(join(root, 'odd'))).toMatch(/^odd-[0-9a-f]{8}$/);
  });
});
