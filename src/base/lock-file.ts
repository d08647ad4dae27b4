/** A lock file that holds the id of the process that took it: a shell can ask `kill -0` without starting a process. */
import { readFileSync, statSync } from 'node:fs';
import { link, rename, rm, stat, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { uniqueSuffix } from './files.js';
import { textOrEmpty } from './regular-file/open.js';

/** The process that holds a lock. */
export interface Holder {
  pid: number;
  /** When it took the lock, or last touched it. */
  since: Date;
}

/** Locks of this process: a lock with its id that is not among them was left by an earlier process with the same id. */
const held = new Set<string>();

/** Takes a lock; false if it exists. */
export async function takeLock(path: string): Promise<boolean> {
  // Written to another file and linked, so that the lock never exists without its process id.
  const own = `${path}.${uniqueSuffix()}`;
  await writeFile(own, `${process.pid}\n`, { mode: 0o600 });
  try {
    await link(own, path);
    held.add(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(own, { force: true });
  }
}

/** Releases a lock. A lock that another process has taken over stays. */
export async function releaseLock(path: string): Promise<void> {
  held.delete(path);
  if (pidIn(path) === process.pid) await rm(path, { force: true });
}

/** Removes the lock of a process that is gone, or anything else in its place. A folder is moved aside. */
export async function removeLock(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory() === true)
    await rename(path, `${path}.${uniqueSuffix()}.aside`);
  else await rm(path, { force: true });
}

/** The living process that holds a lock; undefined if there is none. */
export function holderOf(path: string): Holder | undefined {
  const pid = pidIn(path);
  if (pid === undefined || (pid === process.pid ? !held.has(path) : !isAlive(pid))) return undefined;
  const since = statSync(path, { throwIfNoEntry: false })?.mtime;
  return since === undefined || isForsaken(pid, since.getTime()) ? undefined : { pid, since };
}

/** The process id in a lock file; undefined if there is none. */
export function pidIn(path: string): number | undefined {
  const pid = Number(textOrEmpty(path).trim());
  return Number.isInteger(pid) && pid > 0 ? pid : undefined;
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** How much the clock may have been changed since a lock was written, milliseconds. */
const TOLERANCE_MS = 60_000;

/**
 * Whether the process with this id cannot be the one that wrote the lock: after a restart of the machine, or of a
 * container whose folder is kept, any process may have the id.
 */
function isForsaken(pid: number, written: number): boolean {
  const boot = Date.now() - uptime() * 1_000;
  if (written < boot - TOLERANCE_MS) return true;
  const life = lifeOf(pid);
  return life !== undefined && (life.hasEnded || written < boot + life.startedAfterBootMs - TOLERANCE_MS);
}

/** What Linux reports about a process, proc(5); undefined on other systems. */
function lifeOf(pid: number): { hasEnded: boolean; startedAfterBootMs: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // A program's name may contain blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  // A dead process whose parent has not read its exit status. In a container whose first process never does, it stays
  // so.
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return { hasEnded, startedAfterBootMs: Number(fields[19]) * 10 };
}
