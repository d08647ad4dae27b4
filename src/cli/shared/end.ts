/** Ends this process for certain, even while the engine leaves its main thread no time. */
import { spawn } from 'node:child_process';
import { starterGone } from './engine-threads.js';

/**
 * Kills the parent of this shell, $1, after $2 seconds. A shell whose parent has ended has another one, so a process that
 * was given the same id is left alone. On Linux it starts no further program: on a busy machine that takes long.
 */
const KILLER = `sleep "$2"
if [ -r /proc/$$/stat ]; then read -r _ _ _ parent _ < /proc/$$/stat; else parent=$(ps -o ppid= -p $$); fi
[ "$((parent))" -ne "$1" ] || kill -9 "$1"`;

/**
 * Kills this process after that many milliseconds, whatever it is doing. Only SIGKILL works while a long statement of
 * the engine is running. Acknowledged data is already on disk.
 *
 * Beside a hundred busy threads of the engine, the main thread may run too rarely for its timer to be in time. So a
 * shell, which needs next to no processor time, kills the process, too, at the next whole second.
 */
export function endWithin(ms: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref();
  const args = ['-c', KILLER, 'sh', String(process.pid), String(Math.ceil(ms / 1_000))];
  spawn('sh', args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

/**
 * Resolves at SIGINT or SIGTERM. Installed early, because a signal during the start must not leave the folder locked.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve()).once('SIGTERM', () => resolve());
    void starterGone().then(resolve);
  });
}
