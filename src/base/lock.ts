import { link, rename, rm, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { textOrEmpty } from './regular-file/open.js';
import { uniqueSuffix } from './files.js';
import { processArguments } from './process-arguments.js';

/** A lock whose holder has not been heard of for so long is taken over. */
const STALE_AFTER_MS = 30_000;
const HEARTBEAT_MS = 5_000;

/** What the lock of the drain has besides: others find out without a process what it does, and may end it. */
export interface LockOptions {
  /**
   * File that says how long the machine was up at the last heartbeat, whole seconds: a shell can compare that with
   * /proc/uptime, and has no other clock.
   */
  beat?: string;
  /** Name of the program that holds such a lock. One that is stuck is ended before its lock is taken over. */
  program?: string;
}

/**
 * Holds a lock file while `work` runs; returns undefined at once if another process holds it.
 *
 * The file holds the process id, so that the capture script can ask `kill -0` without starting a process. A
 * lock is stale when its process is gone, or when its file was not touched for 30 s: then the process is stuck, or
 * the id was given to another one. Two takers of one stale lock can both win: rows have identities, so work done
 * twice changes no total.
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
    // Written apart and renamed: to write into a FIFO in its place would take for ever.
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

/** Whether a living process holds the lock. A date that lies ahead was written by a clock that was wrong. */
export async function isLocked(path: string): Promise<boolean> {
  const pid = holder(path);
  if (pid === undefined) return false;
  const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? 0);
  return Math.abs(age) < STALE_AFTER_MS && isAlive(pid);
}

async function acquire(path: string, { program }: LockOptions): Promise<boolean> {
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
    if (program !== undefined) await endStuck(holder(path), program);
    // A folder in its place is not ours to empty.
    if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
      await rename(path, `${path}.${uniqueSuffix()}.aside`);
    else await rm(path, { force: true });
  }
  return false;
}

/** Ends a process that holds a lock and does not touch it, if it is that program: the id may be another one's by now. */
async function endStuck(pid: number | undefined, program: string): Promise<void> {
  if (pid === undefined || pid === process.pid || !isAlive(pid)) return;
  const words = await processArguments(pid);
  if (words?.some((word) => word.endsWith(`/${program}`)) !== true) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}

function holder(path: string): number | undefined {
  const pid = Number(textOrEmpty(path).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Whether there is a process of that id. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
