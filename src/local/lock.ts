import { open, readFile, rm, stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { LocalServerError } from './errors.js';

/** A data folder that is ours until `release`. */
export interface FolderLock {
  release: () => Promise<void>;
}

/**
 * Takes a data folder for this process. The engine would refuse a second owner too, but with noise on stderr and
 * without saying who has it. A lock left by a process that is gone is taken over.
 * Throws a LocalServerError DATA_DIR_LOCKED.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const path = join(folder, 'server.lock');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      held.add(path);
      return {
        release: async () => {
          held.delete(path);
          await rm(path, { force: true });
        },
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = await readOwner(path);
      if (owner !== undefined && isAlive(owner, path) && !(await isFromBeforeBoot(path))) {
        throw new LocalServerError(
          'DATA_DIR_LOCKED',
          `The data folder ${folder} is in use by process ${owner}: stop that server, or choose another folder`,
        );
      }
      await rm(path, { force: true });
    }
  }
  throw new LocalServerError(
    'DATA_DIR_LOCKED',
    `The data folder ${folder} cannot be locked: remove ${path} and try again`,
  );
}

/** Locks of this process, so that a pid that came round again is not taken for ourselves. */
const held = new Set<string>();

async function readOwner(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(text.trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** After a restart of the machine, any process may have the number that is written there. */
async function isFromBeforeBoot(path: string): Promise<boolean> {
  const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  return written < Date.now() - uptime() * 1000 - bootToleranceMs;
}

const bootToleranceMs = 5_000;

function isAlive(pid: number, path: string): boolean {
  if (pid === process.pid) return held.has(path);
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, as another user.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
