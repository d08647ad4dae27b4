import type { Dirent } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * An ending that no other file's name has: of a file that is written apart and renamed. It need not be secret, and
 * loading node:crypto for it would take a twelfth of a start of node.
 */
export function uniqueSuffix(): string {
  return `${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}`;
}

/**
 * Makes a folder that only its owner can open, and those above it. Not by mkdir's own `recursive`, which never
 * gives up where a folder can neither be made nor is there, as below /proc.
 */
export async function privateFolder(path: string): Promise<void> {
  if (await makeFolder(path)) return;
  await privateFolder(dirname(path));
  if (!(await makeFolder(path))) throw new Error(`${path} cannot be made`);
}

/** Whether the folder is there now; false where the one above it is not. */
async function makeFolder(path: string): Promise<boolean> {
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
 * Writes a file so that it is whole or not there, and still there after a power cut: under a temporary name,
 * flushed, renamed, and its folder flushed. Its owner's alone, unless another mode is given.
 */
export async function writeDurably(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
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
    // A full disk must not fill with halves.
    await rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
}

/** Moves a file into another folder, so that it is in one of them after a power cut. */
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
 * Names of what is finished in a folder and ends in one of these, sorted; none if there is no folder. It may be a FIFO
 * or a folder: whoever opens it looks at that.
 */
export async function listFiles(folder: string, ...endings: [string, ...string[]]): Promise<string[]> {
  return namesOf(await entriesOf(folder), endings);
}

/** The same without what is no regular file: to open a FIFO can take for ever. */
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

/** Names of what else lies in a folder that is to hold such files alone, sorted. */
export async function listOthers(folder: string, ...endings: [string, ...string[]]): Promise<string[]> {
  const files = new Set(await listRegularFiles(folder, ...endings));
  return (await entriesOf(folder)).map(({ name }) => name).filter((name) => !files.has(name));
}

/** What lies in a folder, without what is hidden or being written; nothing if there is no folder. */
async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return entries.filter(({ name }) => !name.startsWith('.'));
}
