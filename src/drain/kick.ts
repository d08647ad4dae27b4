import { spawn } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { readRegular } from '../base/regular-file/open.js';

/** A drain that lives touches its lock more often than this, milliseconds. */
const STALE_AFTER_MS = 30_000;

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
    if ((runExport === undefined && isDraining(paths.drainLock)) || !existsSync(drain)) return;
    const more = runExport === undefined ? {} : { [RUN_EXPORT]: runExport };
    const child = spawn(process.execPath, [drain], {
      detached: true,
      stdio: 'ignore',
      env: { ...process.env, ...more, AGENT_TELEMETRY_HOME: paths.home, AGENT_TELEMETRY_DETACHED: '1' },
    });
    child.on('error', () => undefined).unref();
  } catch {
    // It is drained at the next occasion.
  }
}

function isDraining(lock: string): boolean {
  try {
    // A date that lies ahead was written by a clock that was wrong.
    if (Math.abs(Date.now() - statSync(lock).mtimeMs) > STALE_AFTER_MS) return false;
    const pid = Number(readRegular(lock));
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
