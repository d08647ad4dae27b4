import { randomBytes } from 'node:crypto';
import { link, readFile, rm, stat, writeFile } from 'node:fs/promises';
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
    // Written apart and linked, so that the lock never exists without its process id.
    const own = `${path}.${randomBytes(4).toString('hex')}`;
    await writeFile(own, String(process.pid), { mode: 0o600 });
    try {
      await link(own, path);
      held.add(path);
      return {
        release: async () => {
          held.delete(path);
          // Another process may have its own lock in a folder that took this one's place.
          if ((await readOwner(path)) === process.pid) await rm(path, { force: true });
        },
      };
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = await readOwner(path);
      if (owner !== undefined && isAlive(owner, path) && !(await isForsaken(path, owner))) {
        throw new LocalServerError(
          'DATA_DIR_LOCKED',
          `The data folder ${folder} is in use by process ${owner}: stop that server, or choose another folder`,
        );
      }
      await rm(path, { force: true });
    } finally {
      await rm(own, { force: true });
    }
  }
  throw new LocalServerError(
    'DATA_DIR_LOCKED',
    `The data folder ${folder} cannot be locked: remove ${path} and try again`,
  );
}

/** The process that serves a data folder. */
interface FolderOwner {
  pid: number;
  /** When it took the folder. */
  since: Date;
}

/** Who serves a data folder, or is about to; undefined where nobody does. */
export async function ownerOf(folder: string): Promise<FolderOwner | undefined> {
  const path = join(folder, 'server.lock');
  const pid = await readOwner(path);
  if (pid === undefined || !isAlive(pid, path) || (await isForsaken(path, pid))) return undefined;
  const taken = await stat(path).catch(() => undefined);
  return taken && { pid, since: taken.mtime };
}

/** Locks of this process, so that a pid that came round again is not taken for ourselves. */
const held = new Set<string>();

async function readOwner(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const pid = Number(text.trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/**
 * Whether the process of that number cannot be the one that wrote the lock: after a restart of the machine, or of a
 * container whose folder outlives it, any process may have the number.
 */
async function isForsaken(path: string, owner: number): Promise<boolean> {
  const written = (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;
  const boot = Date.now() - uptime() * 1000;
  if (written < boot - toleranceMs) return true;
  const life = await lifeOf(owner);
  return life !== undefined && (life.hasEnded || written < boot + life.startedAfterBootMs - toleranceMs);
}

/** How far the clock may have been set since. */
const toleranceMs = 60_000;

/** What Linux tells of a process, proc(5); undefined elsewhere. */
async function lifeOf(pid: number): Promise<{ hasEnded: boolean; startedAfterBootMs: number } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // A program's name may hold blanks and parentheses.
  const fields = text?.slice(text.lastIndexOf(') ') + 2).split(' ');
  if (fields === undefined) return undefined;
  // Dead, but its parent has not asked how it ended: nobody may, where the first process of a container does not.
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return { hasEnded, startedAfterBootMs: Number(fields[19]) * 10 };
}

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
