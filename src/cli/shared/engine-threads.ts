/** Makes sure that a server has enough threads: the engine needs more than Node starts by default. */
import { spawn } from 'node:child_process';
import { SERVER_ENVIRONMENT } from '../../base/thread-pool.js';

/**
 * Runs the same command line in another process with enough threads for a server, and ends the way that process ends.
 * Signals are passed on. If this process is killed, the other one notices the closed channel and stops.
 */
export function runWithServerThreads(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, ...SERVER_ENVIRONMENT },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    // A terminal sends Ctrl-C to both processes: the second signal must not count as a second Ctrl-C.
    const stop = () => child.kill('SIGTERM');
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, stop);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      for (const one of signals) process.off(one, stop);
      if (signal !== null) process.kill(process.pid, signal);
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}

/** Resolves when the process that started this one has ended; never if there is no channel to it. */
export function starterGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.channel === undefined) return;
    process.once('disconnect', resolve);
    process.channel.unref();
  });
}
