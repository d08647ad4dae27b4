/** Finds the project that a folder belongs to. */
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { redactText } from './privacy/redact-text.js';
import { textOrEmpty } from '../base/regular-file/open.js';

/**
 * The project of a folder: the name of the main repository's root and a hash of its remote (else of its path), e.g.
 * `shop-3f2a91c0`. Worktrees and subfolders belong to their main repository.
 *
 * A folder that no longer exists is named by its own path, so this never fails, though the answer may be less good. The
 * same holds for a folder of another machine or system (`C:\\Users\\dev\\shop`, read from WSL); the working directory
 * of this process does not matter. Claude Code keeps worktrees of its own in `.claude/worktrees` of a repository.
 */
export function projectOf(path: string): string {
  const folder = path.replace(/([\\/])\.claude\1worktrees\1.*/s, '');
  if (!isAbsolute(folder)) return foreignProject(folder);
  const repository = repositoryOf(folder);
  const place = repository?.place ?? resolve(folder);
  const remote = repository === undefined ? undefined : originOf(repository.config);
  return `${nameOf(place)}-${fnv1a(remote ?? place)}`;
}

/**
 * The project of a folder of another system. A Windows path is compared as Windows does, ignoring case and the prefixes
 * `\\?\` and `\\?\UNC\` of long paths.
 */
function foreignProject(folder: string): string {
  const path = withSlashes(folder);
  const isWindows = /\\|^[a-z]:/i.test(folder);
  // A secret is looked for before backslashes become slashes: one may be a part of it, or escape a sign.
  return `${nameOf(withSlashes(redactText(folder)))}-${fnv1a(isWindows ? path.toLowerCase() : path)}`;
}

/** A path with slashes, without those at its end, and without a beginning that only says how the path is given. */
function withSlashes(folder: string): string {
  return /^\/*(\?\/(unc\/)?)?(.*[^/])?/is.exec(folder.replaceAll('\\', '/'))?.[3] ?? '';
}

/** No system opens a longer path. It may be given, though: then nothing is looked up. */
const LONGEST_PATH = 4_096;

/** A folder and those above it, the deepest first; none for a path that cannot exist on this system. */
export function withParents(folder: string): string[] {
  if (!isAbsolute(folder) || folder.length > LONGEST_PATH) return [];
  const folders = [resolve(folder)];
  for (let here = resolve(folder); dirname(here) !== here; here = dirname(here)) folders.push(dirname(here));
  return folders;
}

/** Size limit of git's own files, bytes: a repository's are not trusted. */
const MOST_BYTES = 1024 ** 2;
const gitText = (file: string): string => textOrEmpty(file, MOST_BYTES);

/** A home folder, which contains the user's name, on any system and as other systems mount it (`//wsl$/Ubuntu/home/dev`). */
const personsFolder = /(^|\/)(home|Users|Documents and Settings)\/[^/]+$|^\/root$/i;

/** The last part of a path, without a user's name. The user's own home folder may be anywhere (`/home/DOMAIN/dev`). */
function nameOf(path: string): string {
  if (personsFolder.test(path) || path === process.env.HOME) return 'home';
  const name = path.slice(path.lastIndexOf('/') + 1) || 'root';
  if (/^[a-z]:$/i.test(name)) return 'root';
  // A slash may be part of a command or an address that somebody made a folder of. Its last part alone no longer shows
  // the secret. An ordinary path has no such characters, and loads no patterns.
  if (/^[\w./-]*$/.test(path)) return redactText(name);
  const safe = redactText(path);
  return safe === path ? redactText(name) : redactText(safe.slice(safe.lastIndexOf('/') + 1));
}

/**
 * FNV-1a, 32 bits, as eight hex digits. It only has to tell folders of the same name apart, and the SessionStart hook
 * waits for it: loading node:crypto would take longer than the rest of this module (bench/hooks.ts).
 */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** The main working tree of a folder; undefined outside of a repository, and for a folder of another system. */
export function mainRoot(folder: string): string | undefined {
  return repositoryOf(folder)?.root;
}

interface Repository {
  /** The main working tree; for a bare repository, the working tree of the given folder. */
  root: string;
  /** The path that identifies the repository, the same for all its working trees. */
  place: string;
  /** The git config file, which has the remote. */
  config: string;
}

function repositoryOf(folder: string): Repository | undefined {
  for (const here of withParents(folder)) {
    const git = join(here, '.git');
    if (existsSync(git))
      return statSync(git).isDirectory()
        ? { root: here, place: here, config: join(git, 'config') }
        : linkedRepository(here, git);
    if (isBare(here)) return { root: here, place: placeOf(here), config: join(here, 'config') };
  }
  return undefined;
}

/**
 * The `.git` of a linked worktree is a file: `gitdir: FOLDER`, and `commondir` in that folder leads to the repository.
 */
function linkedRepository(here: string, gitFile: string): Repository {
  const gitdir = /^gitdir: (.+)$/m.exec(gitText(gitFile))?.[1]?.trim();
  if (gitdir === undefined) return { root: here, place: here, config: gitFile };
  const own = resolve(here, gitdir);
  const commondir = gitText(join(own, 'commondir')).trim();
  const common = commondir === '' ? mainGitFolder(own) : resolve(own, commondir);
  // A submodule, or `git init --separate-git-dir`: one working tree with its git folder elsewhere.
  if (common === undefined) return { root: here, place: here, config: join(own, 'config') };
  const isMain = basename(common) === '.git' && !isBareConfig(common);
  const root = isMain ? dirname(common) : here;
  return { root, place: placeOf(common), config: join(common, 'config') };
}

/** The main git folder of a worktree that was removed, derived from its path. */
function mainGitFolder(gitdir: string): string | undefined {
  return /^(.*[/\\]\.git)[/\\]worktrees[/\\][^/\\]+$/.exec(gitdir)?.[1];
}

/** The folder that a repository is named by: `shop` for `shop/.git`, `shop/.bare` and `shop.git`. */
function placeOf(gitFolder: string): string {
  const name = basename(gitFolder);
  return name.startsWith('.') ? dirname(gitFolder) : gitFolder.replace(/\.git$/, '');
}

/** Whether a folder is itself a bare repository. */
function isBare(folder: string): boolean {
  return existsSync(join(folder, 'HEAD')) && existsSync(join(folder, 'objects')) && isBareConfig(folder);
}

function isBareConfig(gitFolder: string): boolean {
  return /^[ \t]*bare[ \t]*=[ \t]*true[ \t\r]*$/m.test(gitText(join(gitFolder, 'config')));
}

/** Hosts of repositories whose names say nothing about a user. */
const publicHosts: ReadonlySet<string> = new Set([
  'github.com',
  'gitlab.com',
  'bitbucket.org',
  'codeberg.org',
  'dev.azure.com',
]);

/**
 * The repository of a pull request's address, named as a project with this remote is: `shop-3f2a91c0`. A host that is not
 * public is `other`. Undefined if the text is no such address.
 */
export function repositoryOfPullRequest(url: string): { repository: string; host: string } | undefined {
  const path =
    /^https?:\/\/(?:[^@/]*@)?([^/?#]+\/[^?#]+?)\/(?:-\/)?(?:pull|pulls|pull-requests|pullrequest|merge_requests)\/\d+/i
      .exec(url)?.[1]
      ?.toLowerCase();
  if (path === undefined) return undefined;
  const host = path.slice(0, path.indexOf('/'));
  return {
    repository: `${nameOf(path)}-${fnv1a(path)}`,
    host: publicHosts.has(host) ? host : 'other',
  };
}

/** The URL of the remote `origin` without credentials, protocol, port and `.git`, so that ssh and https URLs agree. */
function originOf(configFile: string): string | undefined {
  const config = gitText(configFile);
  const url = /\[remote "origin"\][^[]*?\n[ \t]*url[ \t]*=[ \t]*(\S+)/.exec(config)?.[1];
  return url
    ?.replace(/^[a-z+]+:\/\/([^/]*?)(:\d+)?\//, '$1/')
    .replace(/^[^@/]*@/, '')
    .replace(/:\/*/, '/')
    .replace(/(\.git)?\/?$/, '')
    .toLowerCase();
}
