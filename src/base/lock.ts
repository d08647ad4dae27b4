/** A lock file with a heartbeat: only one process at a time does some work. */
import { rename, utimes, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniqueSuffix } from './files.js';
import { holderOf, isAlive, pidIn, releaseLock, removeLock, takeLock } from './lock-file.js';
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

/** How long `whenFree` waits for another process, milliseconds. */
const BUSY_LIMIT_MS = 60_000;

/**
 * Tries to work under a lock until it is free.
 *
 * @param attempt resolves with undefined if another process holds the lock
 * @returns undefined if it held it for a minute
 */
export async function whenFree<T>(attempt: () => Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + BUSY_LIMIT_MS;
  let outcome = await attempt();
  while (outcome === undefined && performance.now() < deadline) {
    await sleep(200);
    outcome = await attempt();
  }
  return outcome;
}

/**
 * Holds a lock file while `work` runs; returns undefined at once if another process holds it.
 *
 * A lock is stale when its process is gone, or when its file was not touched for 30 s: then the process is stuck, or
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
    await releaseLock(path);
  }
}

/** Whether a living process holds the lock. A date in the future was written by a wrong clock. */
export function isLocked(path: string): boolean {
  const holder = holderOf(path);
  return holder !== undefined && Math.abs(Date.now() - holder.since.getTime()) < STALE_AFTER_MS;
}

async function acquire(path: string, { program }: LockOptions): Promise<boolean> {
  for (let attempt = 0; attempt < 2; attempt += 1) {
    if (await takeLock(path)) return true;
    if (isLocked(path)) return false;
    if (program !== undefined) await endStuck(pidIn(path), program);
    await removeLock(path);
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
    // The process has ended in the meantime.
  }
}
