import { spawn, type ChildProcess } from 'node:child_process';
import { dirname } from 'node:path';

/** Set in the environment of a drain that runs in a session of its own; the capture scripts set it too. */
const DETACHED = 'AGENT_TELEMETRY_DETACHED';

/**
 * Starts a drain in a session of its own: Claude Code ends a hook's process group with the session. It outlives this
 * process, which does not wait for it. A drain that cannot be started is no error: the next occasion drains.
 *
 * @param script the built drain, `drain.js`
 * @param more further variables of its environment
 */
export function startDrain(script: string, more: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { ...process.env, ...more, [DETACHED]: '1' };
  // The embedded server has no working folder that a child could inherit.
  const child = spawn(process.execPath, [script], {
    detached: true,
    stdio: 'ignore',
    env,
    cwd: dirname(script),
  });
  child.on('error', () => undefined).unref();
  return child;
}

/** Whether this process is such a drain. */
export function isDetached(): boolean {
  return process.env[DETACHED] === '1';
}
