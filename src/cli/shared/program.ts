import { readlink, rename, symlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HomePaths } from '../../base/home.js';
import { privateFolder, uniqueSuffix } from '../../base/files.js';

const here = dirname(fileURLToPath(import.meta.url));

/** The folder of the built program: the bundler puts shared code one folder down. */
export const programFolder = basename(here) === 'chunks' ? dirname(here) : here;

/** Lets the capture scripts find this program: a link in the telemetry folder, replaced in one step. */
export async function linkProgram(paths: HomePaths): Promise<void> {
  await privateFolder(paths.home);
  if ((await readlink(paths.program).catch(() => '')) === programFolder) return;
  const temporary = `${paths.program}.${uniqueSuffix()}`;
  await symlink(programFolder, temporary, 'dir');
  await rename(temporary, paths.program);
}
