import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the working folder of this process one that is there no more. The engine's scalar function file() asks for
 * the working folder before it opens anything, also where it is given a whole path, so that it fails whatever a query
 * says. The engine has no right, no setting and no folder of its own against file(): this is the wall behind the checks.
 *
 * The engine must be open by then. Relative paths and process.cwd() fail in this process from now on, so it is for a
 * process that does nothing but serve.
 */
export async function leaveWorkingFolder(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'engine-nowhere');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  process.chdir(folder);
  await rmdir(folder);
}
