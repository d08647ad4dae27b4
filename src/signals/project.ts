import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { textOrEmpty } from '../regular-file/open.js';

/**
 * The project that a folder belongs to: the main repository root's name and a hash of its remote (else of
 * its path), e.g. `shop-3f2a91c0`. Worktrees and subfolders belong to their main repository.
 *
 * A folder that is gone is named by its own path, so the answer may improve but never fails.
 */
export function projectOf(folder: string): string {
  const root = mainRoot(folder);
  const remote = root === undefined ? undefined : originOf(root);
  const place = root ?? resolve(folder);
  return `${basename(place) || 'root'}-${fnv1a(remote ?? place)}`;
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

/** The main working tree that a folder lies in; undefined outside any repository. */
export function mainRoot(folder: string): string | undefined {
  for (let here = resolve(folder); ; here = dirname(here)) {
    const git = join(here, '.git');
    if (existsSync(git)) return statSync(git).isDirectory() ? here : rootOfWorktree(here, git);
    if (dirname(here) === here) return undefined;
  }
}

/** A linked worktree's `.git` is a file: `gitdir: MAIN/.git/worktrees/NAME`. A submodule's leads elsewhere. */
function rootOfWorktree(here: string, gitFile: string): string {
  const gitdir = /^gitdir: (.+)$/m.exec(textOrEmpty(gitFile))?.[1];
  if (gitdir === undefined) return here;
  const main = /^(.*)[/\\]\.git[/\\]worktrees[/\\][^/\\]+[/\\]?$/.exec(resolve(here, gitdir.trim()))?.[1];
  return main ?? here;
}

/** The origin's address without credentials, protocol and `.git`, so that ssh and https agree. */
function originOf(root: string): string | undefined {
  const config = textOrEmpty(join(root, '.git', 'config'));
  const url = /\[remote "origin"\][^[]*?\n\s*url\s*=\s*(\S+)/.exec(config)?.[1];
  return url
    ?.replace(/^[a-z+]+:\/\//, '')
    .replace(/^[^@/]*@/, '')
    .replace(':', '/')
    .replace(/\.git\/?$/, '')
    .toLowerCase();
}
