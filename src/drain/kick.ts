/** Starts a drain in the background, unless one is running or was just started. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { isLocked } from '../base/lock.js';
import { textOrEmpty } from '../base/regular-file/open.js';
import { startDrain } from './start.js';

/** Environment variable that asks the drain to export the trace of one command: JSON with url, command and since. */
export const RUN_EXPORT = 'ATEL_RUN_EXPORT';

/**
 * Starts a drain as a detached process, as the capture scripts do, unless one is running; a running drain looks again
 * before it ends. Never throws.
 *
 * @param program folder of the built program, for a telemetry folder without a link to one
 * @param runExport value of {@link RUN_EXPORT}; with it, a drain is started even if another one is running
 */
export function kickDrain(paths: HomePaths, program = paths.program, runExport?: string): void {
  try {
    const drain = join(existsSync(paths.program) ? paths.program : program, 'drain.js');
    if ((runExport === undefined && isLocked(paths.drainLock)) || !existsSync(drain)) return;
    if (runExport === undefined && isKicked(paths.drainKick)) return;
    const more = runExport === undefined ? {} : { [RUN_EXPORT]: runExport };
    startDrain(drain, { ...more, AGENT_TELEMETRY_HOME: paths.home });
  } catch {
    // The next event starts a drain.
  }
}

/** A drain that was started this long ago and has not begun will not begin any more, seconds. */
const BEGINS_WITHIN_S = 10;

/**
 * Whether another process has just started a drain that has not begun yet: that drain will find everything that is on
 * disk now. If not, writes the note that this process starts one, as the capture script does.
 */
function isKicked(note: string): boolean {
  const now = Math.floor(uptime());
  const take = () => writeFileSync(note, `${now}\n`, { mode: 0o600, flag: 'wx' });
  try {
    take();
    return false;
  } catch {
    // Another process wrote the note first, or the folder is not writable.
  }
  const kickedAt = textOrEmpty(note).trim();
  const age = now - Number(kickedAt === '' ? NaN : kickedAt);
  if (age >= 0 && age < BEGINS_WITHIN_S) return true;
  try {
    rmSync(note, { force: true });
    take();
  } catch {
    // In the worst case two drains are started, and one of them ends at once.
  }
  return false;
}

/** Removes the note when a drain begins, because it may miss what is written from now on. */
export async function noteBegun({ drainKick }: HomePaths): Promise<void> {
  await rm(drainKick, { force: true }).catch(() => undefined);
}
