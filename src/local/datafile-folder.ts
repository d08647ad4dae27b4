/** Reads the datafiles of a project's folder. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceFile } from './workspace/project.js';

const isDatafile = (name: string) => /\.(?:datasource|pipe|connection)$/.test(name);

/** Whether files are looked for in a folder: not in packages, and not in hidden folders. */
const isSearched = (name: string) => name !== 'node_modules' && !name.startsWith('.');

/** The datafiles in a folder and all folders below it, in the order of their paths. Throws if it cannot be read. */
export async function readDatafiles(folder: string): Promise<SourceFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry): Promise<SourceFile[]> => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return isSearched(entry.name) ? readDatafiles(path) : [];
        if (!isDatafile(entry.name)) return [];
        return [{ filename: entry.name, content: await readFile(path, 'utf8') }];
      }),
  );
  return found.flat();
}
