/** `atel hook-handler`: captures one hook payload. */
import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { makeFolder } from '../../base/folder.js';
import type { HomePaths } from '../../base/home.js';
import { kickDrain } from '../../drain/kick.js';
import { noteLost } from '../../drain/lost.js';
import { homeOf } from '../../emit/record.js';

/**
 * Reads a hook's payload from stdin and puts it in the inbox, like the capture scripts and by the same rules: if
 * recording is off or nothing is installed, it does nothing; an event that cannot be written leaves a trace; it never
 * prints anything and always exits with 0.
 */
export async function run(): Promise<void> {
  try {
    // Read in any case, because otherwise the writer would get a broken pipe.
    const payload = await buffer(process.stdin);
    const paths = homeOf({});
    if (paths === undefined || payload.length === 0) return;
    if (statSync(paths.home, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    try {
      put(paths, payload);
    } catch {
      noteLost(paths);
    }
    kickDrain(paths);
  } catch {
    // Telemetry must not disturb Claude Code.
  }
}

/** Puts a complete payload in the inbox. Throws errors of the operating system. */
function put({ inbox }: HomePaths, payload: Buffer): void {
  makeFolder(inbox, 0o700);
  const name = `handler-${Date.now()}-${randomBytes(8).toString('hex')}`;
  const unfinished = join(inbox, `.${name}`);
  try {
    writeFileSync(unfinished, payload, { mode: 0o600, flag: 'wx' });
    renameSync(unfinished, join(inbox, `${name}.json`));
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
