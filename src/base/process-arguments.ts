/** Reads the command line of another process. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The command line of a process, from /proc on Linux, else from `ps`; null if neither gives it. */
export async function processArguments(pid: number): Promise<string[] | null> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  if (text !== null) return text.split('\0').filter((word) => word !== '');
  const listed = await execute('ps', ['-o', 'args=', '-p', String(pid)], { timeout: 5_000 }).catch(
    () => null,
  );
  return listed === null ? null : listed.stdout.trim().split(/\s+/);
}
