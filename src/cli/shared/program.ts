/** The link by which the capture scripts find the built program. */
import { readlink, rename, symlink } from 'node:fs/promises';
import type { HomePaths } from '../../base/home.js';
import { privateFolder, uniqueSuffix } from '../../base/files.js';
import { programFolder } from '../../base/program-folder.js';

/** Lets the capture scripts find this program: a link in the telemetry folder, replaced in one step. */
export async function linkProgram(paths: HomePaths): Promise<void> {
  await privateFolder(paths.home);
  if ((await readlink(paths.program).catch(() => '')) === programFolder) return;
  const temporary = `${paths.program}.${uniqueSuffix()}`;
  await symlink(programFolder, temporary, 'dir');
  await rename(temporary, paths.program);
}
