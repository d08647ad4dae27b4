/** Checks whether the telemetry folder can be written to. */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { uniqueSuffix } from '../base/files.js';

/** If less disk space than this is free, events are about to be lost, bytes. */
const ROOM_BYTES = 256 * 1024;

/** Why the telemetry folder cannot be written to now, in one line; null if it can, or if it does not exist yet. */
export async function folderProblem({ home, inbox }: HomePaths): Promise<string | null> {
  for (const folder of [home, inbox]) {
    if (!existsSync(folder)) continue;
    const file = join(folder, `.${uniqueSuffix()}.tmp`);
    try {
      await writeFile(file, Buffer.alloc(ROOM_BYTES), { mode: 0o600, flag: 'wx' });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : message;
      return `${folder} cannot be written to (${reason}): events are being lost`;
    } finally {
      await rm(file, { force: true }).catch(() => undefined);
    }
  }
  return null;
}
