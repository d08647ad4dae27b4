import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { isLocked } from '../base/lock.js';
import { textOrEmpty } from '../base/regular-file/open.js';
import { startDrain } from './start.js';

/** Names a command whose trace is to be sent on, for the drain: JSON of url, command and since. */
export const RUN_EXPORT = 'ATEL_RUN_EXPORT';

/**
 * Has what waits drained in the background, as the capture scripts do: by a detached process, unless one runs;
 * that one looks again when it is through. Throws nothing.
 *
 * @param program folder of the built program, where the telemetry folder has no link to one
 * @param runExport what {@link RUN_EXPORT} is to say: then it starts one also beside another
 */
export function kickDrain(paths: HomePaths, program = paths.program, runExport?: string): void {
  try {
    const drain = join(existsSync(paths.program) ? paths.program : program, 'drain.js');
    if ((runExport === undefined && isLocked(paths.drainLock)) || !existsSync(drain)) return;
    if (runExport === undefined && isKicked(paths.drainKick)) return;
    const more = runExport === undefined ? {} : { [RUN_EXPORT]: runExport };
    startDrain(drain, { ...more, AGENT_TELEMETRY_HOME: paths.home });
  } catch {
    // It is drained at the next occasion.
  }
}

/** A started drain that has not begun after this long will not begin any more, seconds. */
const BEGINS_WITHIN_S = 10;

/**
 * Whether another process has just started a drain that has not begun yet: it will find what was put on disk before.
 * Otherwise notes that this process starts one, as the capture script does.
 */
function isKicked(note: string): boolean {
  const now = Math.floor(uptime());
  const take = () => writeFileSync(note, `${now}\n`, { mode: 0o600, flag: 'wx' });
  try {
    take();
    return false;
  } catch {
    // Another process was first, or nothing can be written there.
  }
  const kickedAt = textOrEmpty(note).trim();
  const age = now - Number(kickedAt === '' ? NaN : kickedAt);
  if (age >= 0 && age < BEGINS_WITHIN_S) return true;
  try {
    rmSync(note, { force: true });
    take();
  } catch {
    // Then two drains are started, and one of them ends at once.
  }
  return false;
}

/** Removes the note when a drain begins: it may not find what is put on disk from now on. */
export async function noteBegun({ drainKick }: HomePaths): Promise<void> {
  await rm(drainKick, { force: true }).catch(() => undefined);
}
