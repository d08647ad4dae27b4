/** Files and folders that survive a crash: written whole, flushed, readable by the owner only. */
import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isMissingFile } from './missing-file.js';

/**
 * A suffix that no other temporary file has. It need not be secret, and loading node:crypto for it would add a twelfth
 * to the start of Node.
 */
export function uniqueSuffix(): string {
  return `${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/**
 * Makes a folder that only its owner can open, and its parents. mkdir's own `recursive` is not used: it never returns
 * for a folder that neither exists nor can be made, as below /proc.
 */
export async function privateFolder(path: string): Promise<void> {
  if (await makeOne(path)) return;
  await privateFolder(dirname(path));
  if (!(await makeOne(path))) throw new Error(`${path} cannot be made`);
}

/** Makes one folder. True if it exists now, false if its parent is missing. */
async function makeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return true;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    throw error;
  }
  await flushFolder(dirname(path));
  return true;
}

/**
 * Writes a file so that after a crash or a power cut it is either whole or absent: writes to a temporary name, flushes,
 * renames, then flushes the folder. Only the owner can read it unless another mode is given.
 */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  await writeWhole(path, content, mode);
  await flushFolder(dirname(path));
}

/** How many files are flushed at once: the system writes them together. */
const FLUSHED_AT_ONCE = 16;

/** Writes files of one folder by the rules of {@link writeDurably}; many take hardly longer than one. */
export async function writeAllDurably(
  folder: string,
  files: readonly (readonly [name: string, content: string])[],
): Promise<void> {
  for (let n = 0; n < files.length; n += FLUSHED_AT_ONCE)
    await Promise.all(
      files
        .slice(n, n + FLUSHED_AT_ONCE)
        .map(([name, content]) => writeWhole(join(folder, name), content, 0o600)),
    );
  if (files.length > 0) await flushFolder(folder);
}

async function writeWhole(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${uniqueSuffix()}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    // A full disk must not fill up with partial files.
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Moves a file to another folder; after a power cut it is in one of the two. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await flushFolder(dirname(to));
}

async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Sorted names of the finished files in a folder that have one of these endings; empty if the folder is missing. An
 * entry may be a FIFO or a folder: the reader checks that when it opens it.
 */
export async function listFiles(folder: string, ...endings: [string, ...string[]]): Promise<string[]> {
  return namesOf(await entriesOf(folder), endings);
}

/** The same, regular files only: opening a FIFO can block forever. */
export async function listRegularFiles(folder: string, ...endings: [string, ...string[]]): Promise<string[]> {
  return namesOf(
    (await entriesOf(folder)).filter((entry) => entry.isFile()),
    endings,
  );
}

function namesOf(entries: readonly Dirent[], endings: readonly string[]): string[] {
  return entries
    .map(({ name }) => name)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort();
}

/** Sorted names of everything else in a folder that should hold only such files. */
export async function listOthers(folder: string, ...endings: [string, ...string[]]): Promise<string[]> {
  const files = new Set(await listRegularFiles(folder, ...endings));
  return (await entriesOf(folder)).map(({ name }) => name).filter((name) => !files.has(name));
}

/** The entries of a folder, without hidden and temporary files; empty if the folder is missing. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isMissingFile(error)) return [];
    throw error;
  });
  return entries.filter(({ name }) => !name.startsWith('.'));
}
