/** `atel import`: stores the state of pull requests, and copies of commits. */
import { existsSync } from 'node:fs';
import { text as readAll } from 'node:stream/consumers';
import type { Config } from '../../base/config.js';
import { grouped, plural } from '../../base/format/counts.js';
import { homePaths } from '../../base/home.js';
import { makeFolder } from '../../base/folder.js';
import { readRegular } from '../../base/regular-file/open.js';
import { drainNow } from '../../drain/drain-now.js';
import { importCommits, projectOfFolder } from '../../drain/import-commits.js';
import { importPullRequests } from '../../drain/import-pull-requests.js';
import { countWaiting } from '../../drain/waiting.js';
import type { importCommand } from '../commands/import.js';
import { Asker } from '../shared/asker.js';
import { CommandError } from '../shared/command-error.js';
import type { OptionsOf, Outside } from '../shared/command.js';
import { readMoment, UsageError } from '../shared/options.js';

type ImportOptions = OptionsOf<typeof importCommand.flags>;

/** Stores all pull requests of a file, or none if one of them is wrong; or the copies of commits in a folder. */
export async function run(
  options: ImportOptions,
  { config: settings, print }: Outside,
  what: 'prs' | 'commits',
  place?: string,
): Promise<void> {
  const config = settings();
  if (!config.enabled) throw new CommandError('Telemetry is switched off (AGENT_TELEMETRY_ENABLED).');
  if (what === 'prs' && options.since !== undefined)
    throw new UsageError(
      '--since is for atel import commits: of pull requests all that are given are imported',
    );
  const paths = homePaths(config.home);
  makeFolder(paths.home, 0o700);
  const imported =
    what === 'prs' ? await pullRequests(place, config) : await commits(place ?? '.', options.since, config);
  const report = await drainNow(config);
  const { segments } = await countWaiting(paths);
  const why = report.busy || report.problem === null ? '' : `: ${report.problem.message}`;
  print(`import: ${imported}${segments > 0 ? `; not stored yet${why}` : ''}`);
}

async function pullRequests(file: string | undefined, config: Config): Promise<string> {
  const text = file === undefined ? await readAll(process.stdin) : read(file);
  const count = await importPullRequests(text, config, Date.now()).catch((error: unknown) => {
    throw new CommandError(`${file ?? 'stdin'}: ${(error as Error).message}; nothing was imported`);
  });
  return plural(count, 'pull request');
}

async function commits(folder: string, since = '30d', config: Config): Promise<string> {
  const from = readMoment('--since', since, Date.now());
  if (!existsSync(folder)) throw new CommandError(`${folder}: there is no such folder; nothing was imported`);
  const rows = await new Asker(config).ask('costByCommit', { project: projectOfFolder(folder), from });
  const originals = rows
    .filter((row) => row.committed_at !== null)
    // The rows are the newest first.
    .reverse()
    .map((row) => ({
      hash: row.commit_hash,
      branch: row.branch,
      session: row.session_id,
      replaced: row.replaced_commits,
    }));
  const { count, leftOut } = await importCommits(folder, originals, from.getTime(), config).catch(
    (error: unknown) => {
      throw new CommandError(`${folder}: ${(error as Error).message}; nothing was imported`);
    },
  );
  return [
    `${plural(originals.length, 'commit')} of sessions compared, ${grouped(count)} copied or undone elsewhere`,
    ...leftOut,
  ].join('; ');
}

function read(file: string): string {
  try {
    return readRegular(file);
  } catch (error) {
    throw new CommandError(`${(error as Error).message}; nothing was imported`);
  }
}
