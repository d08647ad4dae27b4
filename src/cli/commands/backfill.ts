import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { backfill as readHistory, type BackfillSummary } from '../../backfill/backfill.js';
import { transcriptRoots } from '../../backfill/roots.js';
import type { Config } from '../../config.js';
import { homePaths } from '../../home.js';
import { CommandError } from '../command-error.js';
import { UsageError } from '../options.js';
import { linkProgram } from '../program.js';
import { bytesMeasure, startProgress } from '../render/progress.js';
import { grouped } from '../render/text.js';

export interface BackfillOptions {
  since?: string;
  root?: string[];
  json?: boolean;
}

/** Reads what is new of the transcripts on this machine. Fails if any of it could not be read or stored. */
export async function backfill(
  config: Config,
  options: BackfillOptions,
  print: (line: string) => void,
): Promise<void> {
  const since = options.since === undefined ? undefined : parseSince(options.since, Date.now());
  const roots = await rootsOf(options.root ?? []);
  if (!config.enabled) throw new CommandError('Telemetry is switched off (AGENT_TELEMETRY_ENABLED).');
  await linkProgram(homePaths(config.home));
  const progress = options.json === true ? undefined : startProgress('backfill', bytesMeasure);
  const summary = await readHistory(config, {
    roots,
    ...(since === undefined ? {} : { since }),
    onProgress: ({ files, filesInAll, bytes, bytesInAll }) =>
      progress?.show({
        done: bytes,
        total: bytesInAll,
        told: `${grouped(files)} of ${grouped(filesInAll)} files`,
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
}

/** The named folders, which must be there, else the client's own. A folder of the client itself is understood. */
async function rootsOf(named: readonly string[]): Promise<string[]> {
  if (named.length === 0) return transcriptRoots({ env: process.env, homeDir: homedir() });
  return Promise.all(
    named.map(async (name) => {
      const folder = resolve(name);
      if (!(await isFolder(folder))) throw new UsageError(`${folder} is no folder: --root takes one`);
      const inside = join(folder, 'projects');
      return (await isFolder(inside)) ? inside : folder;
    }),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

/**
 * `7d`, `12h` or a day or time of ISO 8601 (UTC), as milliseconds since 1970.
 *
 * @throws {UsageError}
 */
export function parseSince(text: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)([dh])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (ago[2] === 'd' ? 86_400_000 : 3_600_000);
  const at = /^\d{4}-\d{2}-\d{2}(?:[T ].*)?$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new UsageError(`--since takes 7d, 12h or 2026-11-01, not "${text}"`);
  return at;
}

/** What a backfill came to, for a person. */
export function describe(summary: BackfillSummary): string[] {
  const { files, skippedFiles, sessions, requests, rows, corruptLines, bytes, ms, times } = summary;
  if (files === 0) return [`backfill: nothing new in ${skippedFiles} files (${seconds(ms)})`];
  const lines = [
    `backfill: ${files} files of ${sessions} sessions read (${bytesMeasure(bytes)}), ${skippedFiles} unchanged, in ${seconds(ms)}`,
    `  ${requests} requests seen, ${rows} rows in all`,
    `  reading ${seconds(times.read)}, making rows ${seconds(times.rows + times.write)}, spool ${seconds(times.spool)}, store ${seconds(times.send)} (summed over what ran side by side)`,
  ];
  if (corruptLines > 0) lines.push(`  ${corruptLines} lines were no JSON and were passed over`);
  return lines;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
