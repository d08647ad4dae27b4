import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { START_LIMIT_MS } from '../../src/drain/starting.js';
import { killProcessesOf } from './temp.js';

/** How long a test waits for a condition, milliseconds: less than its own time limit, so that the error names it. */
const PATIENCE_MS = 150_000;

/** Waits until a condition holds. Throws if it never does, so that a failing test does not hang. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const limit = Date.now() + PATIENCE_MS; Date.now() < limit;) {
    if (await holds()) return;
    await sleep(25);
  }
  throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`);
}

/** The process that a lock file names, if it is alive. */
function livingProcess(lockFile: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(lockFile, 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

/** The running drain of a telemetry folder. */
export const drainOf = (home: string) => livingProcess(join(home, 'drain.pid'));
/** The running server of a telemetry folder. */
export const serverOf = (home: string) => livingProcess(join(home, 'store', 'server.lock'));

/** After the test, ends the background processes of a telemetry folder. */
export function endsInBackground(home: string): void {
  onTestFinished(() => endBackground(home), 60_000);
}

/** Ends the background processes of a telemetry folder, which must still exist. */
export async function endBackground(home: string): Promise<void> {
  // Drain first: a killed drain cannot start a server, and a server that it has already started is ended next.
  for (const find of [drainOf, serverOf]) {
    for (let pid = find(home); pid !== undefined && pid !== process.pid; pid = find(home)) {
      process.kill(pid, 'SIGKILL');
      await sleep(25);
    }
  }
  // A server that a killed drain has only just started has no lock yet.
  killProcessesOf(home);
}

/**
 * Keeps every server from opening the store of a telemetry folder: this process holds its lock, as if its server had
 * had its time to start in vain, so that no command waits for an answer.
 */
export function holdStore(home: string): { release: () => void } {
  const lock = join(home, 'store', 'server.lock');
  mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
  writeFileSync(lock, String(process.pid), { mode: 0o600 });
  const taken = new Date(Date.now() - START_LIMIT_MS);
  utimesSync(lock, taken, taken);
  return { release: () => rmSync(lock) };
}
