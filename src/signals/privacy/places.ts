/** The paths by which a folder can be reached: as given, without links, and in the main working tree of a repository. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { realPathOf } from '../../base/real-path.js';
import { mainRoot, withParents } from '../project.js';

/** All paths of a folder; none if it is not an absolute path, or too long for one. */
export function placesOf(folder: string): string[] {
  if (withParents(folder).length === 0) return [];
  const places = pathsOf(folder);
  return [...new Set([...places, ...places.flatMap(inMainTree)])];
}

/** A folder as given and without links, both in their shortest form. */
export function pathsOf(folder: string): string[] {
  return [...new Set([resolve(folder), realPathOf(folder)])];
}

/** The main working tree of the folder's repository, and the same folder in it. */
function inMainTree(folder: string): string[] {
  const main = mainRoot(folder);
  if (main === undefined || !isAbsolute(main)) return [];
  const own = withParents(folder).find((here) => existsSync(join(here, '.git'))) ?? folder;
  return [main, join(main, relative(own, folder))].flatMap(pathsOf);
}
