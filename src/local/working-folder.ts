import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the working folder of this process one that no longer exists. The engine's scalar function file() asks for the
 * working folder before it opens anything, even for an absolute path, so it always fails. The engine has no right,
 * setting or folder of its own to restrict file(): this is the boundary behind the checks of the SQL.
 *
 * The engine must be open before. Relative paths and process.cwd() fail in this process from then on, so call it only
 * in a process that does nothing but serve.
 */
export async function leaveWorkingFolder(dataDir: string): Promise<void> {
  const folder = join(dataDir, 'engine-nowhere');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  process.chdir(folder);
  await rmdir(folder);
}
