/** `atel tinybird`: serves the datafiles of any folder. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { hasServerThreads } from '../../base/thread-pool.js';
import { leaveWorkingFolder, LocalServerError, serve } from '../../local/index.js';
import type { tinybird } from '../commands/tinybird.js';
import { CommandError } from '../shared/command-error.js';
import type { OptionsOf, Outside } from '../shared/command.js';
import { endWithin, stopSignal } from '../shared/end.js';
import { runWithServerThreads } from '../shared/engine-threads.js';
import { UsageError } from '../shared/options.js';

/** How long this process may still run after a signal, milliseconds: a query may take longer. */
const STOP_LIMIT_MS = 2_000;

/** Serves the folder until a signal ends it. */
export async function run(
  { port, data, strict }: OptionsOf<typeof tinybird.flags>,
  { print, complain }: Outside,
  folder: string,
): Promise<void> {
  const portNumber = /^\d{1,5}$/.test(port) ? Number(port) : NaN;
  if (!(portNumber <= 65_535)) throw new UsageError(`--port is a number from 0 to 65535, not "${port}"`);
  if (!hasServerThreads()) return runWithServerThreads();
  const stopped = stopSignal();
  const dataFolder = resolve(data ?? join(folder, '.tinybird-data'));
  try {
    if (data === undefined && existsSync(folder)) await keepOutOfGit(dataFolder);
    const server = await serve({
      folder,
      port: portNumber,
      data: dataFolder,
      ...(strict === undefined ? {} : { strict }),
    });
    leaveWorkingFolder(dataFolder);
    for (const warning of server.warnings) complain(`warning: ${warning}`);
    const token = strict ? `admin token ${server.token}` : 'any token is an administrator';
    const files = `${server.files.length} ${server.files.length === 1 ? 'datafile' : 'datafiles'}`;
    print(`ready: Tinybird API on ${server.url}, ${files}, ${token}, data in ${dataFolder}`);
    const broken = server.broken.then((reason) => {
      complain(reason);
      process.exitCode = 1;
    });
    await Promise.race([stopped, broken]);
    endWithin(STOP_LIMIT_MS);
    await server.close();
  } catch (error) {
    if (!(error instanceof LocalServerError)) throw error;
    const advice = error.code === 'PORT_IN_USE' ? ' (--port)' : '';
    throw new CommandError(error.message + advice, { cause: error });
  }
}

/** The data lies in the project, and is no part of it. */
async function keepOutOfGit(dataFolder: string): Promise<void> {
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  await writeFile(join(dataFolder, '.gitignore'), '*\n');
}
