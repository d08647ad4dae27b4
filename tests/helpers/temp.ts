import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** How often a folder's removal is tried before its test fails, and the pause between two tries, milliseconds. */
const TRIES = 40;
const PAUSE_MS = 250;

/** A new folder that is removed after the test. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'atel-test-'));
  onTestFinished(() => removeFolder(folder), 60_000);
  return folder;
}

/**
 * Removes a folder. Background processes may still write into it: rmSync's own retries do not remove what came after
 * the first reading, so the whole removal is tried again, with the folder's processes ended.
 */
export async function removeFolder(folder: string): Promise<void> {
  for (let n = 1; ; n += 1) {
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (n === TRIES) throw error;
    }
    killProcessesOf(folder);
    await sleep(PAUSE_MS);
  }
}

/** Kills the processes, other than this one, whose environment or command line names a folder. */
export function killProcessesOf(folder: string): void {
  for (const pid of processesOf(folder)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** The processes, other than this one, whose environment or command line names a folder. Linux alone can tell. */
function processesOf(folder: string): number[] {
  if (!existsSync('/proc/self/environ')) return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid !== process.pid)
    .filter((pid) =>
      ['environ', 'cmdline'].some((file) => {
        try {
          return readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(folder);
        } catch {
          return false;
        }
      }),
    );
}
