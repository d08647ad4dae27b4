import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { identify } from '../signals/identity.js';
import type { HookEvent } from '../signals/hook-event.js';
import { parseObject } from '../signals/json.js';
import { listFiles } from '../spool/files.js';

/** A captured payload: an event, or a file that holds none. */
export type InboxEntry = { name: string } & ({ event: HookEvent } | { event: null; bytes: number });

/** Bytes of payloads that are read at once, and the most that one may have: it is read into memory whole. */
const MAX_BYTES = 64 * 1024 ** 2;

/**
 * Reads up to `limit` captured payloads, in the order they came. One file after the other: where nothing
 * drained for long there are more than a process may have open. One of more than 64 MB is no event.
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
      entries.push({ name, event: null, bytes });
      continue;
    }
    read += bytes;
    if (read > MAX_BYTES) break;
    entries.push(...(await readEntry(folder, name, at)));
  }
  return entries;
}

/** Forgets payloads whose rows are on disk. */
export async function removeFromInbox(folder: string, entries: readonly InboxEntry[]): Promise<void> {
  await Promise.all(entries.map(({ name }) => rm(join(folder, name), { force: true })));
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
    const text = await readFile(join(folder, name), 'utf8');
    const payload = parseObject(text);
    if (payload === undefined) return [{ name, event: null, bytes: Buffer.byteLength(text) }];
    return [{ name, event: { payload, at, captureId: identify('capture', name, String(at)) } }];
  });
}

/** What is read; nothing if another drain has taken the file in the meantime, or if it is not ours to read. */
async function unlessGone<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}
