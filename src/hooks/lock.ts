import { link, readFile, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { uniqueSuffix } from '../spool/files.js';

/** A lock whose holder has not been heard of for so long is taken over. */
const STALE_AFTER_MS = 30_000;
const HEARTBEAT_MS = 5_000;

/**
 * Holds a lock file while `work` runs; returns undefined at once if another process holds it.
 *
 * The file holds the process id, so that the capture script can ask `kill -0` without starting a process. A
 * lock is stale when its process is gone or its file was not touched for 30 s (the id may have been given to
 * another process). Two takers of one stale lock can both win: rows have identities, so work done twice
 * changes no total.
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  if (!(await acquire(path))) return undefined;
  const heartbeat = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    HEARTBEAT_MS,
  );
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await holder(path)) === process.pid) await rm(path, { force: true });
  }
}

/** Whether a living process holds the lock. */
export async function isLocked(path: string): Promise<boolean> {
  const pid = await holder(path);
  if (pid === undefined) return false;
  const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
  return age < STALE_AFTER_MS && isAlive(pid);
}

async function acquire(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    // Written apart and linked, so that the lock never exists without its process id.
    const own = `${path}.${uniqueSuffix()}`;
    await writeFile(own, `${process.pid}\n`, { mode: 0o600 });
    try {
      await link(own, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      await unlink(own);
    }
    if (await isLocked(path)) return false;
    await rm(path, { force: true });
  }
  return false;
}

async function holder(path: string): Promise<number | undefined> {
  const pid = Number((await readFile(path, 'utf8').catch(() => '')).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
