/** Puts the commits of a repository that copy or undo those of sessions into the spool. */
import { realpathSync } from 'node:fs';
import type { Config } from '../base/config.js';
import { homePaths } from '../base/home.js';
import type { EpochMs, Ms } from '../base/time/units.js';
import { copyRow } from '../signals/git/commit-copies.js';
import { findCopies, type Original } from '../signals/git/patches.js';
import { redacted } from '../signals/privacy/redacted-row.js';
import { projectOf } from '../signals/project.js';
import { configuredSpool } from '../spool/configured.js';
import { liveRecorder } from './recorder.js';

/** Time limit of git, milliseconds. */
const GIT_LIMIT_MS: Ms = 60_000;

/** The project of a folder, as the rows of its sessions have it. @throws {Error} if there is no such folder */
export function projectOfFolder(folder: string): string {
  return projectOf(realpathSync(folder));
}

/**
 * @param originals the commits that sessions made there, oldest first
 * @returns how many of them are copied or undone by others, and what was not looked at
 * @throws {Error} that says what is wrong, in one line
 */
export async function importCommits(
  folder: string,
  originals: readonly Original[],
  since: EpochMs,
  config: Config,
): Promise<{ count: number; leftOut: string[] }> {
  const recorder = await liveRecorder(homePaths(config.home), config);
  const project = projectOfFolder(folder);
  const { copies, leftOut } =
    originals.length === 0
      ? { copies: [], leftOut: [] }
      : await findCopies(folder, originals, since, GIT_LIMIT_MS);
  await configuredSpool(config).append(copies.map((copy) => redacted(copyRow(copy, project, recorder))));
  return { count: new Set(copies.map(({ of }) => of)).size, leftOut };
}
