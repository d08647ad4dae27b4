/** `atel import`: stores the state of pull requests. */
import { text as readAll } from 'node:stream/consumers';
import { plural } from '../../base/format/counts.js';
import { homePaths } from '../../base/home.js';
import { makeFolder } from '../../base/folder.js';
import { readRegular } from '../../base/regular-file/open.js';
import { drainNow } from '../../drain/drain-now.js';
import { importPullRequests } from '../../drain/import-pull-requests.js';
import { countWaiting } from '../../drain/waiting.js';
import { CommandError } from '../shared/command-error.js';
import type { Outside } from '../shared/command.js';

/** Stores all pull requests of a file, or none if one of them is wrong. */
export async function run(
  _: unknown,
  { config: settings, print }: Outside,
  _what: 'prs',
  file?: string,
): Promise<void> {
  const config = settings();
  if (!config.enabled) throw new CommandError('Telemetry is switched off (AGENT_TELEMETRY_ENABLED).');
  const paths = homePaths(config.home);
  makeFolder(paths.home, 0o700);
  const text = file === undefined ? await readAll(process.stdin) : read(file);
  const count = await importPullRequests(text, config, Date.now()).catch((error: unknown) => {
    throw new CommandError(`${file ?? 'stdin'}: ${(error as Error).message}; nothing was imported`);
  });
  const report = await drainNow(config);
  const { segments } = await countWaiting(paths);
  const why = report.busy || report.problem === null ? '' : `: ${report.problem.message}`;
  print(`import: ${plural(count, 'pull request')}${segments > 0 ? `; not stored yet${why}` : ''}`);
}

function read(file: string): string {
  try {
    return readRegular(file);
  } catch (error) {
    throw new CommandError(`${(error as Error).message}; nothing was imported`);
  }
}
