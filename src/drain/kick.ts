import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { isLocked } from '../base/lock.js';
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
    const more = runExport === undefined ? {} : { [RUN_EXPORT]: runExport };
    startDrain(drain, { ...more, AGENT_TELEMETRY_HOME: paths.home });
  } catch {
    // It is drained at the next occasion.
  }
}
