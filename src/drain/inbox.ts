import { isUtf8 } from 'node:buffer';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFileBytes } from '../base/regular-file/handle.js';
import { NotReadable } from '../base/regular-file/open.js';
import { identify } from '../signals/identity.js';
import type { HookEvent } from '../signals/hook/event.js';
import { parseObject, type Json } from '../base/json/json.js';
import { listFiles } from '../base/files.js';
import { isAlive } from '../base/lock-file.js';
import { setAside } from './aside.js';

/** A captured payload: an event; null where the file holds no whole one. */
export interface InboxEntry {
  name: string;
  event: HookEvent | null;
}

/** Bytes of payloads that are read at once, and the most that one may have: it is read into memory whole. */
const MAX_BYTES = 64 * 1024 ** 2;

/**
 * Reads up to `limit` captured payloads, in the order they came. One file after the other: where nothing
 * drained for long there are more than a process may have open. One of more than 64 MB is no event. One that is not
 * whole is left to the hook that writes it, as long as that lives.
 */
export async function readInbox(folder: string, limit = 500): Promise<InboxEntry[]> {
  const names = await listFiles(folder, '.json');
  const stamped = (await Promise.all(names.map((name) => timeOf(folder, name))))
    .flat()
    .sort((a, b) => a.at - b.at);
  const entries: InboxEntry[] = [];
  let read = 0;
  for (const { name, at, bytes } of stamped.slice(0, limit)) {
    if (bytes > MAX_BYTES) {
      entries.push({ name, event: null });
      continue;
    }
    read += bytes;
    if (read > MAX_BYTES) break;
    entries.push(...(await readEntry(folder, name, at)));
  }
  return entries;
}

/** Forgets payloads whose rows are on disk. */
export async function removeFromInbox(folder: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => rm(join(folder, name), { force: true })));
}

/** A file of the inbox by its name, time and size; nothing if it is no file. */
async function timeOf(folder: string, name: string): Promise<{ name: string; at: number; bytes: number }[]> {
  return unlessGone(async () => {
    const found = await stat(join(folder, name));
    return found.isFile() ? [{ name, at: found.mtimeMs, bytes: found.size }] : [];
  });
}

async function readEntry(folder: string, name: string, at: number): Promise<InboxEntry[]> {
  return unlessGone<InboxEntry>(async () => {
    const payload = payloadIn(await readRegularFileBytes(join(folder, name)));
    if (payload === undefined) return isBeingWritten(name, at) ? [] : [{ name, event: null }];
    return [{ name, event: { payload, at, captureId: identify('capture', name, String(at)) } }];
  });
}

/**
 * A payload; undefined where it is not whole. Its own closing brace is its end mark, and most damage leaves no JSON or
 * no UTF-8. A checksum would take a process of its own in every hook.
 */
function payloadIn(bytes: Buffer): Json | undefined {
  return isUtf8(bytes) ? parseObject(bytes.toString('utf8')) : undefined;
}

/** What is read; nothing if another drain has taken the file in the meantime, or if it is not ours to read. */
async function unlessGone<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof NotReadable) return [];
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Names of the payloads that no hook is writing at this moment: what a drain leaves of them, it cannot take. */
export async function settledPayloads(folder: string): Promise<Set<string>> {
  const names = new Set(await listFiles(folder, '.json'));
  for (const name of names)
    for (const { at } of await timeOf(folder, name)) if (isBeingWritten(name, at)) names.delete(name);
  return names;
}

/** A hook ends within a few seconds: what it left later is as it will stay. */
const WRITING_MS = 10_000;

/** Whether a hook may be writing a payload at this moment: its process id is in the name. */
function isBeingWritten(name: string, at: number): boolean {
  const pid = Number(/^\.?([1-9]\d*)-\d+(?:\.json)?$/.exec(name)?.[1] ?? 0);
  return pid > 0 && Math.abs(Date.now() - at) < WRITING_MS && isAlive(pid);
}

/**
 * Looks through what hooks of earlier versions left under a temporary name, `.PID-N`, when they were ended while they
 * waited for the end of stdin: a whole payload joins the others, once; a torn one is set aside.
 *
 * @returns how many were torn
 */
export async function settleLeftovers(folder: string): Promise<number> {
  let torn = 0;
  for (const name of (await readdir(folder)).filter((one) => /^\.(?:\d+|handler)-/.test(one))) {
    const [found] = await timeOf(folder, name);
    if (found === undefined || isBeingWritten(name, found.at)) continue;
    if (name.startsWith('.handler-') && Math.abs(Date.now() - found.at) < WRITING_MS) continue;
    const file = join(folder, name);
    const bytes =
      found.bytes > MAX_BYTES ? Buffer.of() : await readRegularFileBytes(file).catch(() => undefined);
    if (bytes === undefined) continue;
    if (payloadIn(bytes) !== undefined) {
      // No hook makes such a name, so nothing is overwritten. The time of the event is kept.
      await rename(file, join(folder, `left${name.replace('.', '-')}-${Math.round(found.at)}.json`));
      continue;
    }
    // One that nothing had come for yet.
    if (found.bytes === 0) await rm(file, { force: true });
    else {
      torn += 1;
      await setAside(folder, name);
    }
  }
  return torn;
}
