import { randomBytes } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { makeFolder } from '../../project-log/folder.js';
import { kickDrain } from '../../drain/kick.js';
import { homeOf } from '../../emit/record.js';

/**
 * A hook's payload from stdin to the inbox, on the road of the capture scripts and by their rules: where recording is off
 * or nothing is installed it does nothing, and whatever happens it prints nothing and ends with 0.
 */
export async function hookHandler(): Promise<void> {
  try {
    // Read in any case: its writer would get a broken pipe.
    const payload = await buffer(process.stdin);
    const paths = homeOf({});
    if (paths === undefined || !existsSync(paths.home)) return;
    makeFolder(paths.inbox, 0o700);
    const name = `handler-${Date.now()}-${randomBytes(8).toString('hex')}`;
    const unfinished = join(paths.inbox, `.${name}`);
    try {
      writeFileSync(unfinished, payload, { mode: 0o600, flag: 'wx' });
      renameSync(unfinished, join(paths.inbox, `${name}.json`));
    } finally {
      rmSync(unfinished, { force: true });
    }
    kickDrain(paths);
  } catch {
    // Telemetry must not be felt.
  }
}
