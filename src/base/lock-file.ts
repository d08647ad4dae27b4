/**
 * A lock file. Its first line holds the id of the process that took it, so that a shell can ask `kill -0` without starting
 * a process. On Linux the second line says when that process was born: another one may have its id later.
 */
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
  const birth = lifeOf(process.pid)?.birth;
  await writeFile(own, `${process.pid}\n${birth === undefined ? '' : `${birth}\n`}`, { mode: 0o600 });
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
  const { pid, birth } = read(path);
  if (pid === undefined || (pid === process.pid ? !held.has(path) : !isAlive(pid))) return undefined;
  const since = statSync(path, { throwIfNoEntry: false })?.mtime;
  return since === undefined || isForsaken(pid, birth, since.getTime()) ? undefined : { pid, since };
}

/** The process id in a lock file; undefined if there is none. */
export function pidIn(path: string): number | undefined {
  return read(path).pid;
}

function read(path: string): { pid: number | undefined; birth: string | undefined } {
  const [first = '', birth] = textOrEmpty(path).trim().split('\n');
  const pid = Number(first);
  return { pid: Number.isInteger(pid) && pid > 0 ? pid : undefined, birth };
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
 * container whose folder is kept, any process may have the id. A lock that says when its process was born is compared
 * with that, which no change of the clock affects; of any other lock, the time is compared.
 */
function isForsaken(pid: number, birth: string | undefined, written: number): boolean {
  const life = lifeOf(pid);
  if (life?.hasEnded === true) return true;
  if (birth !== undefined && life?.birth !== undefined) return birth !== life.birth;
  const boot = Date.now() - uptime() * 1_000;
  if (written < boot - TOLERANCE_MS) return true;
  return life !== undefined && written < boot + life.startedAfterBootMs - TOLERANCE_MS;
}

interface Life {
  hasEnded: boolean;
  startedAfterBootMs: number;
  /** The start of the machine and the time from it to the process's start; undefined if the system names no start. */
  birth: string | undefined;
}

/** What Linux reports about a process, proc(5); undefined on other systems. */
function lifeOf(pid: number): Life | undefined {
  const text = textOf(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // A program's name may contain blanks and parentheses.
  const fields = text.slice(text.lastIndexOf(') ') + 2).split(' ');
  const [state, ticks] = [fields[0], fields[19]];
  const boot = textOf('/proc/sys/kernel/random/boot_id')?.trim();
  return {
    // A dead process whose parent has not read its exit status. In a container whose first process never does, it stays
    // so.
    hasEnded: state === 'Z' || state === 'X',
    startedAfterBootMs: Number(ticks) * 10,
    birth: boot === undefined || ticks === undefined ? undefined : `${boot} ${ticks}`,
  };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
