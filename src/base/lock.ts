/** Lock files that hold a process id: one process at a time, and a stuck one is replaced. */
import { link, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { textOrEmpty } from './regular-file/open.js';
import { uniqueSuffix } from './files.js';
import { processArguments } from './process-arguments.js';

/** A lock without a heartbeat for this long is stale and taken over. */
const STALE_AFTER_MS = 30_000;
const HEARTBEAT_MS = 5_000;

/**
 * Extras for the drain's lock: other programs see its heartbeat without starting a process, and may end a stuck one.
 */
export interface LockOptions {
  /**
   * File with the machine's uptime at the last heartbeat, whole seconds: a shell can compare that with /proc/uptime
   * without starting a process.
   */
  beat?: string;
  /** Name of the program that holds this lock. A stuck one is ended before its lock is taken over. */
  program?: string;
}

/**
 * Holds a lock file while `work` runs; returns undefined at once if another process holds it.
 *
 * The file contains the process id, so that the capture script can check it with `kill -0`. A lock is stale if its
 * process is gone, or if the file was not touched for 30 s: then the process is stuck, or its id was reused. Two
 * processes can both take over a stale lock; that is harmless, because rows have identities and work done twice changes
 * no total.
 */
export async function withLock<T>(
  path: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T | undefined> {
  if (!(await acquire(path, options))) return undefined;
  const beat = async () => {
    await utimes(path, new Date(), new Date());
    if (options.beat === undefined) return;
    // Written to a temporary file and renamed: if the path is a FIFO, writing to it would block forever.
    const own = `${options.beat}.${uniqueSuffix()}`;
    await writeFile(own, `${Math.floor(uptime())}\n`, { mode: 0o600 });
    await rename(own, options.beat);
  };
  const heartbeat = setInterval(() => void beat().catch(() => undefined), HEARTBEAT_MS);
  heartbeat.unref();
  await beat().catch(() => undefined);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if (holder(path) === process.pid) await rm(path, { force: true });
  }
}

/** Whether a living process holds the lock. A time in the future was written by a wrong clock, so it proves nothing. */
export async function isLocked(path: string): Promise<boolean> {
  const pid = holder(path);
  if (pid === undefined) return false;
  const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
  return Math.abs(age) < STALE_AFTER_MS && isAlive(pid);
}

async function acquire(path: string, { program }: LockOptions): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    // Written to a temporary file and linked, so that the lock never exists without a process id.
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
    if (program !== undefined) await endStuck(holder(path), program);
    // A folder in its place is moved aside; its content is not ours to delete.
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
      await rename(path, `${path}.${uniqueSuffix()}.aside`);
    else await rm(path, { force: true });
  }
  return false;
}

/** Ends the holder of a stale lock, if it still is that program: its id may have been reused. */
async function endStuck(pid: number | undefined, program: string): Promise<void> {
  if (pid === undefined || pid === process.pid || !isAlive(pid)) return;
  const words = await processArguments(pid);
  if (words?.some((word) => word.endsWith(`/${program}`)) !== true) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function holder(path: string): number | undefined {
  const pid = Number(textOrEmpty(path).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
