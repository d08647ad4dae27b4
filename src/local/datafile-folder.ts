/** Reads the datafiles of a project's folder. */
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { DatafileError } from './errors.js';
import type { SourceFile } from './workspace/project.js';
import { isMissingFile } from '../base/missing-file.js';

const isDatafile = (name: string) => /\.(?:datasource|pipe|connection)$/.test(name);

/** Whether files are looked for in a folder: not in packages, and not in hidden folders. */
const isSearched = (name: string) => name !== 'node_modules' && !name.startsWith('.');

/**
 * The datafiles in a folder and all folders below it, in the order of their paths. INCLUDE lines are replaced by the
 * files that they name, as Tinybird's own command line does. Throws if one cannot be read.
 */
export function readDatafiles(folder: string): Promise<SourceFile[]> {
  return readBelow(resolve(folder), resolve(folder));
}

async function readBelow(folder: string, root: string): Promise<SourceFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry): Promise<SourceFile[]> => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return isSearched(entry.name) ? readBelow(path, root) : [];
        if (!isDatafile(entry.name)) return [];
        return [{ filename: entry.name, content: await withIncludes(path, root, []) }];
      }),
  );
  return found.flat();
}

const includeLine = /^INCLUDE[ \t]+("[^"\n]+"|'[^'\n]+'|\S+)([^\n]*)$/gim;
const variable = /"(\w+)=([^"]*)"|(\w+)=(\S+)/g;

/**
 * The text of a file with those that it includes. The path of an INCLUDE begins at the file's folder or at one above it
 * in the project. What follows the path are variables, `"NAME=value"`: they replace `$NAME` and `${NAME}` there.
 */
async function withIncludes(path: string, root: string, above: readonly string[]): Promise<string> {
  const text = await readFile(path, 'utf8');
  const parts: string[] = [];
  let from = 0;
  for (const found of text.matchAll(includeLine)) {
    const [line, quoted = '', rest = ''] = found;
    const name = quoted.replace(/^["']|["']$/g, '');
    const problem = (reason: string) =>
      new DatafileError(`${relative(root, path)}: INCLUDE "${name}": ${reason}`);
    if (above.includes(path)) throw problem('the file includes itself');
    const included = await firstFile(dirname(path), root, name, [...above, path]);
    if (included === undefined) throw problem('there is no such file in the project');
    parts.push(text.slice(from, found.index), fillVariables(included, rest));
    from = found.index + line.length;
  }
  return parts.join('') + text.slice(from);
}

async function firstFile(
  folder: string,
  root: string,
  name: string,
  above: readonly string[],
): Promise<string | undefined> {
  const path = resolve(folder, name);
  try {
    if (path.startsWith(root + sep)) return await withIncludes(path, root, above);
  } catch (error) {
    if (!isMissingFile(error)) throw error;
  }
  return folder === root ? undefined : firstFile(dirname(folder), root, name, above);
}

function fillVariables(text: string, given: string): string {
  const values = new Map(
    [...given.matchAll(variable)].map(([, name, value, bareName = '', bare = '']) => [
      name ?? bareName,
      value ?? bare,
    ]),
  );
  return text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole, braced?: string, bare?: string) => values.get(braced ?? bare ?? '') ?? whole,
  );
}
