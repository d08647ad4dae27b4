/** The inbox: one file per captured hook payload. A file stays until its rows are on disk. */
import { isUtf8 } from 'node:buffer';
import { rmSync, statSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { NotReadable, readRegularBytes } from '../base/regular-file/open.js';
import { identify } from '../signals/identity.js';
import type { HookEvent } from '../signals/hook/event.js';
import { parseObject, type Json } from '../base/json/json.js';
import { listFiles } from '../base/files.js';
import { isAlive } from '../base/lock-file.js';
import { setAside } from './aside.js';

/** A captured payload; the event is null if the file does not hold a complete one. */
export interface InboxEntry {
  name: string;
  event: HookEvent | null;
}

/** Size limit of a payload, bytes: it is read into memory whole. */
const MAX_BYTES = 64 * 1024 ** 2;
/** Size of the payloads that are in memory at once, unless a single one is larger, bytes. */
const BATCH_BYTES = 16 * 1024 ** 2;

/**
 * Reads the captured payloads that are there now, oldest first, in batches. Without a drain for long there may be
 * hundreds of thousands, so the folder is listed once, and files are read one at a time, which is several times faster
 * than waiting for each (bench/recovery.ts). A payload of more than 64 MB is not an event. An incomplete one is left to
 * the hook that writes it while that hook is running.
 *
 * @param most the largest number of payloads in a batch
 */
export async function* readInbox(folder: string, most = 5_000): AsyncGenerator<InboxEntry[], void> {
  let batch: InboxEntry[] = [];
  let bytes = 0;
  for (const found of await stamped(folder)) {
    const isTooLarge = found.bytes > MAX_BYTES;
    const isFull = batch.length >= most || (!isTooLarge && bytes + found.bytes > BATCH_BYTES);
    if (isFull && batch.length > 0) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    if (!isTooLarge) bytes += found.bytes;
    batch.push(
      ...(isTooLarge ? [{ name: found.name, event: null }] : readEntry(folder, found.name, found.at)),
    );
  }
  if (batch.length > 0) yield batch;
}

/** The files of the inbox with their times and sizes, oldest first. */
async function stamped(folder: string): Promise<Stamped[]> {
  const names = await listFiles(folder, '.json');
  return names.flatMap((name) => timeOf(folder, name)).sort((a, b) => a.at - b.at);
}

/** Removes payloads whose rows are on disk. */
export function removeFromInbox(folder: string, names: readonly string[]): void {
  for (const name of names) rmSync(join(folder, name), { force: true });
}

interface Stamped {
  name: string;
  at: number;
  bytes: number;
}

/** Name, time and size of a file in the inbox; empty if it is not a file. */
function timeOf(folder: string, name: string): Stamped[] {
  return unlessGone(() => {
    const found = statSync(join(folder, name));
    return found.isFile() ? [{ name, at: found.mtimeMs, bytes: found.size }] : [];
  });
}

function readEntry(folder: string, name: string, at: number): InboxEntry[] {
  return unlessGone<InboxEntry>(() => {
    const payload = payloadIn(readRegularBytes(join(folder, name)));
    if (payload === undefined) return isBeingWritten(name, at) ? [] : [{ name, event: null }];
    return [{ name, event: { payload, at, captureId: identify('capture', name, String(at)) } }];
  });
}

/**
 * Parses a payload; undefined if it is incomplete. The closing brace marks its end, and damage nearly always leaves
 * invalid JSON or UTF-8. A checksum would cost one more process per hook.
 */
function payloadIn(bytes: Buffer): Json | undefined {
  return isUtf8(bytes) ? parseObject(bytes.toString('utf8')) : undefined;
}

/** The result of a read; empty if another drain has taken the file in the meantime, or if it is not readable. */
function unlessGone<T>(read: () => T[]): T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof NotReadable) return [];
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

/** Names of the payloads that no hook is still writing: what a drain leaves of these, it cannot take. */
export async function settledPayloads(folder: string): Promise<Set<string>> {
  const names = new Set(await listFiles(folder, '.json'));
  for (const name of names)
    if (isWriterAlive(name))
      for (const { at } of timeOf(folder, name)) if (isBeingWritten(name, at)) names.delete(name);
  return names;
}

/** A hook ends within a few seconds: a file older than this will not change any more, milliseconds. */
const WRITING_MS = 10_000;

/** Whether a hook may still be writing a payload: the name contains the hook's process id. */
function isBeingWritten(name: string, at: number): boolean {
  return Math.abs(Date.now() - at) < WRITING_MS && isWriterAlive(name);
}

function isWriterAlive(name: string): boolean {
  const pid = Number(/^\.?([1-9]\d*)-\d+(?:\.json)?$/.exec(name)?.[1] ?? 0);
  return pid > 0 && isAlive(pid);
}

/**
 * Handles temporary files, `.PID-N`, left by hooks of earlier versions that were killed while they read stdin: a
 * complete payload joins the others, once; an incomplete one is set aside.
 *
 * @returns the number of incomplete payloads
 */
export async function settleLeftovers(folder: string): Promise<number> {
  let torn = 0;
  for (const name of (await readdir(folder)).filter((one) => /^\.(?:\d+|handler)-/.test(one))) {
    const [found] = timeOf(folder, name);
    if (found === undefined || isBeingWritten(name, found.at)) continue;
    if (name.startsWith('.handler-') && Math.abs(Date.now() - found.at) < WRITING_MS) continue;
    const file = join(folder, name);
    const [bytes] = found.bytes > MAX_BYTES ? [Buffer.of()] : unlessGone(() => [readRegularBytes(file)]);
    if (bytes === undefined) continue;
    if (payloadIn(bytes) !== undefined) {
      // No hook uses such a name, so nothing is overwritten. The time of the event is kept.
      await rename(file, join(folder, `left${name.replace('.', '-')}-${Math.round(found.at)}.json`));
      continue;
    }
    // The hook was killed before any input came.
    if (found.bytes === 0) await rm(file, { force: true });
    else {
      torn += 1;
      await setAside(folder, name);
    }
  }
  return torn;
}
