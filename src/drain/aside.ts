/**
 * Hook payloads that are not complete JSON: cut off when the hook was killed or the power failed, or damaged on disk.
 * They are kept in a folder of the inbox, because no other folder may hold raw payloads, and for a limited time.
 */
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Damage } from '../spool/damaged.js';
import { listRegularFiles } from '../base/files.js';

/** How long a payload is kept after its event, milliseconds. */
const KEPT_MS = 7 * 24 * 3600_000;
/** Size limit of all kept payloads together, bytes. */
const MOST_BYTES = 64 * 1024 ** 2;

const ENDING = '.json';

function folderOf(inbox: string): string {
  return join(inbox, 'damaged');
}

/**
 * Moves a payload out of the inbox. Its new name has the time added, because another hook may get the same process id.
 * A payload that is larger than all that may be kept is removed.
 */
export async function setAside(inbox: string, name: string): Promise<void> {
  const file = join(inbox, name);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) return;
  if (found.size > MOST_BYTES) return rm(file, { force: true });
  await mkdir(folderOf(inbox), { mode: 0o700, recursive: true });
  const plain = name.replace(/^\./, '').replace(/\.json$/, '');
  await rename(file, join(folderOf(inbox), `${plain}-${Math.round(found.mtimeMs)}${ENDING}`));
}

/** The kept payloads, oldest first. */
export async function listAside(inbox: string): Promise<Damage[]> {
  const kept = await stamped(inbox);
  return kept.map(({ name, at }) => ({
    segment: name,
    rows: 1,
    reason: 'a hook payload that is not complete JSON, kept for 7 days',
    at: new Date(at).toISOString(),
  }));
}

/** Removes payloads that were kept long enough, and the oldest ones while there are too many. */
export async function forgetOld(inbox: string, now: number): Promise<void> {
  let bytes = 0;
  for (const { name, at, size } of (await stamped(inbox)).reverse()) {
    bytes += size;
    if (now - at > KEPT_MS || bytes > MOST_BYTES) await rm(join(folderOf(inbox), name), { force: true });
  }
}

/** Removes all kept payloads. Returns their number. */
export async function forgetAside(inbox: string): Promise<number> {
  const kept = await stamped(inbox);
  await rm(folderOf(inbox), { recursive: true, force: true });
  return kept.length;
}

async function stamped(inbox: string): Promise<{ name: string; at: number; size: number }[]> {
  const found = await Promise.all(
    (await listRegularFiles(folderOf(inbox), ENDING)).map(async (name) => {
      const stats = await stat(join(folderOf(inbox), name)).catch(() => undefined);
      return stats === undefined ? [] : [{ name, at: stats.mtimeMs, size: stats.size }];
    }),
  );
  return found.flat().sort((a, b) => a.at - b.at);
}
