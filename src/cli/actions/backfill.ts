/** `atel backfill`: reads the transcripts on this machine into the store, and reports the result. */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { backfill as readHistory } from '../../backfill/backfill.js';
import type { BackfillSummary } from '../../backfill/summary.js';
import { transcriptRoots } from '../../backfill/roots.js';
import { grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { homePaths } from '../../base/home.js';
import { CommandError } from '../shared/command-error.js';
import { readMoment, UsageError } from '../shared/options.js';
import { localZone } from '../../base/time/zone.js';
import { linkProgram } from '../shared/program.js';
import { bytesMeasure, startProgress } from '../render/progress.js';
import type { backfill } from '../commands/backfill.js';
import type { OptionsOf, Outside } from '../shared/command.js';

/** Reads new transcripts on this machine. Fails if any of them could not be read or stored. */
export async function run(
  options: OptionsOf<typeof backfill.flags>,
  { config: settings, print }: Outside,
): Promise<void> {
  const config = settings();
  const since =
    options.since === undefined
      ? undefined
      : readMoment('--since', options.since, Date.now(), localZone() ?? 'UTC').getTime();
  const roots = await rootsOf(options.root);
  if (!config.enabled) throw new CommandError('Telemetry is switched off (AGENT_TELEMETRY_ENABLED).');
  await linkProgram(homePaths(config.home));
  const progress = options.json === true ? undefined : startProgress('backfill', bytesMeasure);
  const summary = await readHistory(config, {
    roots,
    ...(since === undefined ? {} : { since }),
    again: options.again === true,
    ...(options.json === true ? {} : { onDamage: (problem: string) => print(`backfill: ${problem}`) }),
    onProgress: ({ files, filesInAll, bytes, bytesInAll }) =>
      progress?.show({
        done: bytes,
        total: bytesInAll,
        text: `${grouped(files)} of ${grouped(filesInAll)} files`,
      }),
  });
  progress?.end();
  if (summary === undefined)
    throw new CommandError('Another backfill is running; try again when it is done.');
  if (options.json === true) print(JSON.stringify({ roots, ...summary }));
  else for (const line of describe(summary)) print(line);
  if (summary.stopped !== null) {
    throw new CommandError(
      `What was read waits in the spool, the rest was not read: ${summary.stopped}. Run atel backfill again.`,
    );
  }
  if (summary.problems.length > 0)
    throw new CommandError(`Could not be read: ${summary.problems.join('; ')}`);
  if (summary.waiting.length > 0) {
    throw new CommandError(
      `Not every table was delivered; the rows wait in the spool: ${summary.waiting.join('; ')}. Run atel flush to try again.`,
    );
  }
  if (summary.refusedRows > 0) {
    throw new CommandError(
      `The store refused ${plural(summary.refusedRows, 'row')}; all others are stored. ${summary.refusals.join('; ')}. atel flush --replay tries again.`,
    );
  }
}

/**
 * The folders that were given, which must exist, else those of Claude Code. Claude Code's main folder may be given too.
 */
async function rootsOf(named: readonly string[]): Promise<string[]> {
  if (named.length === 0) return transcriptRoots({ env: process.env, homeDir: homedir() });
  return Promise.all(
    named.map(async (name) => {
      const folder = resolve(name);
      if (!(await isFolder(folder))) throw new UsageError(`${folder} is not a folder: --root takes a folder`);
      const inside = join(folder, 'projects');
      return (await isFolder(inside)) ? inside : folder;
    }),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/** The result of a backfill as lines for the user. */
export function describe(summary: BackfillSummary): string[] {
  const { files, skippedFiles, sessions, requests, rows, corruptLines, leftOutLines, bytes, ms, times } =
    summary;
  if (files === 0) return [`backfill: nothing new in ${plural(skippedFiles, 'file')} (${duration(ms)})`];
  const lines = [
    `backfill: ${plural(files, 'file')} of ${plural(sessions, 'session')} read (${bytesMeasure(bytes)}), ${grouped(skippedFiles)} unchanged, in ${duration(ms)}`,
    `  ${plural(requests, 'request')} seen, ${plural(rows, 'row')} in all`,
    `  reading ${duration(times.read)}, making rows ${duration(times.rows + times.write)}, spool ${duration(times.spool)}, store ${duration(times.send)} (summed over what ran side by side)`,
  ];
  if (corruptLines > 0)
    lines.push(`  ${plural(corruptLines, 'record is', 'records are')} lost: damaged, or not JSON`);
  if (leftOutLines > 0) {
    lines.push(
      `  ${plural(leftOutLines, 'line was', 'lines were')} left out: without an id, without a time from 1900 to 2299, or without counts that are numbers`,
    );
  }
  return lines;
}
