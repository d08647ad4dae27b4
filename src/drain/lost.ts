/**
 * Events that could not be written: the disk is full, or the folder cannot be written to. Each leaves an empty file,
 * which asks for no room: in the inbox, else in the folder for temporary files. The capture script does the same.
 */
import { lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { HomePaths } from '../base/home.js';
import { uniqueSuffix } from '../base/files.js';

const ENDING = '.lost';

/** Leaves a trace of one event that was lost. Throws nothing. */
export function noteLost(paths: HomePaths): void {
  const name = uniqueSuffix();
  for (const file of [join(paths.inbox, name + ENDING), join(tmpdir(), prefixOf(paths) + name)])
    try {
      writeFileSync(file, '', { mode: 0o600, flag: 'wx' });
      return;
    } catch {
      // The next place.
    }
}

/** The traces that nobody has counted yet. */
export function lostTraces(paths: HomePaths): string[] {
  const prefix = prefixOf(paths);
  return [
    ...filesIn(paths.inbox, (name) => name.endsWith(ENDING)),
    ...filesIn(tmpdir(), (name) => name.startsWith(prefix)),
  ];
}

/** How the traces of one telemetry folder begin: others use the folder for temporary files, too. */
function prefixOf({ home }: HomePaths): string {
  const plain = Buffer.from(home)
    .toString('latin1')
    .replace(/[^A-Za-z0-9]/g, '_');
  return `atel-lost-${userInfo().uid}-${plain.slice(0, 150)}-`;
}

/** Our own files of a folder; none where it cannot be listed. */
function filesIn(folder: string, isTrace: (name: string) => boolean): string[] {
  try {
    return readdirSync(folder)
      .filter(isTrace)
      .map((name) => join(folder, name))
      .filter((file) => {
        const found = lstatSync(file);
        return found.isFile() && found.uid === userInfo().uid;
      });
  } catch {
    return [];
  }
}
