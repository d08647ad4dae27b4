import { spawn } from 'node:child_process';
import { SERVER_ENVIRONMENT } from '../../drain/server.js';

/** Whether this process has the threads that a server needs. Node reads their number once, before any program runs. */
export function hasServerThreads(): boolean {
  const { UV_THREADPOOL_SIZE: least } = SERVER_ENVIRONMENT;
  return Number(process.env.UV_THREADPOOL_SIZE ?? 0) >= Number(least);
}

/**
 * Runs this very command in a process of its own with the threads that a server needs, and ends as that one ends.
 * Signals are passed on; if this process is killed, the other one is told by its channel and stops.
 */
export function runWithServerThreads(): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
      env: { ...process.env, ...SERVER_ENVIRONMENT },
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    });
    // A terminal sends Ctrl-C to both: the second signal must not look like a second Ctrl-C.
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

/** Resolves when the process that started this one is gone; never where it has no channel to it. */
export function starterGone(): Promise<void> {
  return new Promise((resolve) => {
    if (process.channel === undefined) return;
    process.once('disconnect', resolve);
    process.channel.unref();
  });
}
