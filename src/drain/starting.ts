/** The note of a server that is starting and has not locked its data folder yet. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { uniqueSuffix } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import { holderOf, type Holder } from '../base/lock-file.js';

/** How long a server may take from its start until it answers, milliseconds. */
export const START_LIMIT_MS = 60_000;

/** Notes that a process is about to serve the store. A note that cannot be written is no reason to fail. */
export function noteStarting(paths: HomePaths, pid: number): void {
  const own = `${paths.serverStarting}.${uniqueSuffix()}`;
  try {
    writeFileSync(own, `${pid}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(own, paths.serverStarting);
  } catch {
    rmSync(own, { force: true });
  }
}

/** Removes the note of this process when it serves. */
export function noteStarted(paths: HomePaths): void {
  rmSync(paths.serverStarting, { force: true, recursive: true });
}

/** The process that is starting to serve the store; undefined if there is none, or its time is over. */
export function startingServer(paths: HomePaths, now = Date.now()): Holder | undefined {
  const holder = holderOf(paths.serverStarting);
  return holder !== undefined && now - holder.since.getTime() < START_LIMIT_MS ? holder : undefined;
}
