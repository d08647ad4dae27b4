/** The paths by which a folder can be reached: as given, without links, and in the main working tree of a repository. */
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { mainRoot, withParents } from '../project.js';

/** All paths of a folder; none if it is not an absolute path, or too long for one. */
export function placesOf(folder: string): string[] {
  if (withParents(folder).length === 0) return [];
  const places = pathsOf(folder);
  return [...new Set([...places, ...places.flatMap(inMainTree)])];
}

/** A folder as given and without links, both in their shortest form. */
export function pathsOf(folder: string): string[] {
  return [...new Set([resolve(folder), withoutLinks(resolve(folder))])];
}

/** A path whose links are resolved, as far as it exists. */
function withoutLinks(path: string): string {
  for (const here of withParents(path)) {
    try {
      return join(realpathSync(here), relative(here, path));
    } catch {
      // It does not exist, or may not be looked into: the folder above decides.
    }
  }
  return path;
}

/** The main working tree of the folder's repository, and the same folder in it. */
function inMainTree(folder: string): string[] {
  const main = mainRoot(folder);
  if (main === undefined || !isAbsolute(main)) return [];
  const own = withParents(folder).find((here) => existsSync(join(here, '.git'))) ?? folder;
  return [main, join(main, relative(own, folder))].flatMap(pathsOf);
}
