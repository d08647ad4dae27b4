/** The last protection behind the checks of queries: a server process without a working folder. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The folder that was left and removed; undefined in a process that keeps its working folder. */
let left: string | undefined;

/**
 * Makes the working folder of this process one that no longer exists. The engine's scalar function file() looks up the
 * working folder before it opens anything, even for an absolute path, so it fails whatever a query says. The engine has
 * no grant, no setting and no folder of its own that stops file().
 *
 * The engine must be open by then. Relative paths and process.cwd() fail in this process from now on, so this is for a
 * process that does nothing but serve.
 */
export function leaveWorkingFolder(dataDir: string): void {
  left = join(dataDir, 'engine-nowhere');
  enter(left);
  leave(left);
}

/** Whether this process has left its working folder. */
export const hasLeftWorkingFolder = (): boolean => left !== undefined;

/**
 * Runs while the process has a working folder, an empty one: the engine needs it for a moment to make a table of an
 * imported file. That is safe because the engine calls it alone: no query runs that could use the folder, and only one
 * statement at a time needs it.
 */
export async function inWorkingFolder<T>(work: () => Promise<T>): Promise<T> {
  if (left === undefined) return work();
  enter(left);
  try {
    return await work();
  } finally {
    leave(left);
  }
}

function enter(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  process.chdir(folder);
}

function leave(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
