/** Temporary files that a process left behind when it was killed. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive } from './lock-file.js';

/** A writer renames its temporary file within seconds, milliseconds. */
const WRITING_MS = 60_000;

/** Removes the temporary files that `writeDurably` left in a folder when its process was killed. */
export async function removeLeftOver(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const pid = /^\.([0-9a-z]+)-[0-9a-z]+\.tmp$/.exec(name)?.[1];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const at = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    const isBeingWritten = isAlive(parseInt(pid, 36)) && Math.abs(Date.now() - (at ?? 0)) < WRITING_MS;
    if (at !== undefined && !isBeingWritten) await rm(path, { force: true });
  }
}
