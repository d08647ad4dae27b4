/** Starts a drain as a detached process. */
import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';

/** Set in the environment of a detached drain; the capture scripts set it too. */
const DETACHED = 'AGENT_TELEMETRY_DETACHED';

/**
 * Starts a detached drain, because Claude Code kills a hook's process group at the end of the session. The drain
 * outlives this process, which does not wait for it. A drain that cannot be started is not an error: the next event
 * starts one.
 *
 * @param script the built drain, `drain.js`
 * @param more additional environment variables
 */
export function startDrain(script: string, more: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { ...process.env, ...more, [DETACHED]: '1' };
  // The embedded server may run in a folder that no longer exists, which a child process cannot inherit.
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: 'ignore',
    env,
    cwd: dirname(script),
  });
  child.on('error', () => undefined).unref();
  return child;
}

/** Whether this process is a detached drain. */
export function isDetached(): boolean {
  return process.env[DETACHED] === '1';
}
