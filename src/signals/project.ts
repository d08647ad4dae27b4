import { existsSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { redactText } from './privacy/redact-text.js';
import { textOrEmpty } from '../base/regular-file/open.js';

/**
 * The project that a folder belongs to: the main repository root's name and a hash of its remote (else of
 * its path), e.g. `shop-3f2a91c0`. Worktrees and subfolders belong to their main repository.
 *
 * A folder that is gone is named by its own path, so the answer may improve but never fails. So is one of another
 * machine or system (`C:\\Users\\dev\\shop`, read from WSL): whatever folder this process runs in has no part in it.
 */
export function projectOf(folder: string): string {
  if (!isAbsolute(folder)) return foreignProject(folder);
  const repository = repositoryOf(folder);
  const place = repository?.place ?? resolve(folder);
  const remote = repository === undefined ? undefined : originOf(repository.config);
  return `${nameOf(place)}-${fnv1a(remote ?? place)}`;
}

/** A folder of another system: its path is compared as Windows does, where it is one of Windows. */
function foreignProject(folder: string): string {
  const path = folder.replaceAll('\\', '/').replace(/\/+$/, '');
  const isWindows = folder.includes('\\') || /^[A-Za-z]:/.test(folder);
  return `${nameOf(path)}-${fnv1a(isWindows ? path.toLowerCase() : path)}`;
}

/** The home folder of a person, which bears the person's name. */
const personsFolder = /^(?:(?:[A-Za-z]:|\/mnt\/[a-z])?\/(?:home|Users)\/[^/]+|\/root)$/i;

/** The last part of a path, without what it may tell of a person. */
function nameOf(path: string): string {
  if (personsFolder.test(path)) return 'home';
  const name = path.slice(path.lastIndexOf('/') + 1) || 'root';
  return /^[A-Za-z]:$/.test(name) ? 'root' : redactText(name);
}

/**
 * FNV-1a, 32 bits, as eight hex digits. It only has to keep folders of one name apart, and the SessionStart
 * hook waits for it: loading node:crypto takes longer than everything else here.
 */
function fnv1a(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16).padStart(8, '0');
}

/** The main working tree that a folder lies in; undefined outside any repository, and for a folder of another system. */
export function mainRoot(folder: string): string | undefined {
  return isAbsolute(folder) ? repositoryOf(folder)?.root : undefined;
}

interface Repository {
  /** The main working tree; where there is none, because it is bare, the working tree that was asked for. */
  root: string;
  /** What the repository is known by, the same for all its working trees. */
  place: string;
  /** Its settings, which name its remote. */
  config: string;
}

function repositoryOf(folder: string): Repository | undefined {
  for (let here = resolve(folder); ; here = dirname(here)) {
    const git = join(here, '.git');
    if (existsSync(git))
      return statSync(git).isDirectory()
        ? { root: here, place: here, config: join(git, 'config') }
        : linkedRepository(here, git);
    if (isBare(here)) return { root: here, place: placeOf(here), config: join(here, 'config') };
    if (dirname(here) === here) return undefined;
  }
}

/** A linked worktree's `.git` is a file: `gitdir: FOLDER`, and `commondir` in that folder leads to the repository. */
function linkedRepository(here: string, gitFile: string): Repository {
  const gitdir = /^gitdir: (.+)$/m.exec(textOrEmpty(gitFile))?.[1]?.trim();
  if (gitdir === undefined) return { root: here, place: here, config: gitFile };
  const own = resolve(here, gitdir);
  const commondir = textOrEmpty(join(own, 'commondir')).trim();
  const common = commondir === '' ? mainGitFolder(own) : resolve(own, commondir);
  // A submodule, or `git init --separate-git-dir`: one working tree, whose git folder lies elsewhere.
  if (common === undefined) return { root: here, place: here, config: join(own, 'config') };
  const isMain = basename(common) === '.git' && !isBareConfig(common);
  const root = isMain ? dirname(common) : here;
  return { root, place: placeOf(common), config: join(common, 'config') };
}

/** The git folder of a worktree that was removed in the meantime, as its path tells. */
function mainGitFolder(gitdir: string): string | undefined {
  return /^(.*[/\\]\.git)[/\\]worktrees[/\\][^/\\]+$/.exec(gitdir)?.[1];
}

/** A repository is named by the folder it lies in: `shop` for `shop/.git`, `shop/.bare` and `shop.git`. */
function placeOf(gitFolder: string): string {
  const name = basename(gitFolder);
  return name.startsWith('.') ? dirname(gitFolder) : gitFolder.replace(/\.git$/, '');
}

/** Whether a folder is a bare repository itself. */
function isBare(folder: string): boolean {
  return existsSync(join(folder, 'HEAD')) && existsSync(join(folder, 'objects')) && isBareConfig(folder);
}

function isBareConfig(gitFolder: string): boolean {
  return /^\s*bare\s*=\s*true\s*$/m.test(textOrEmpty(join(gitFolder, 'config')));
}

/** The origin's address without credentials, protocol and `.git`, so that ssh and https agree. */
function originOf(configFile: string): string | undefined {
  const config = textOrEmpty(configFile);
  const url = /\[remote "origin"\][^[]*?\n\s*url\s*=\s*(\S+)/.exec(config)?.[1];
  return url
    ?.replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(':', '/')
    .replace(/\.git\/?$/, '')
    .toLowerCase();
}
