/** The built program, and the link by which scripts find it. */
import { readlink, rename, symlink } from 'node:fs/promises';
import type { HomePaths } from '../../base/home.js';
import { privateFolder, uniqueSuffix } from '../../base/files.js';
import { programFolder } from '../../base/program-folder.js';

export { programFolder };

/** Lets the capture scripts find this program: a link in the telemetry folder, replaced in one step. */
export async function linkProgram(paths: HomePaths): Promise<void> {
  await privateFolder(paths.home);
  if ((await readlink(paths.program).catch(() => '')) === programFolder) return;
  const temporary = `${paths.program}.${uniqueSuffix()}`;
  await symlink(programFolder, temporary, 'dir');
  await rename(temporary, paths.program);
}
