/** Puts the state of pull requests into the spool. */
import type { Config } from '../base/config.js';
import { homePaths } from '../base/home.js';
import type { EpochMs } from '../base/time/units.js';
import { readPullRequest } from '../signals/git/pull-requests.js';
import { redacted } from '../signals/privacy/redacted-row.js';
import { configuredSpool } from '../spool/configured.js';
import { liveRecorder } from './recorder.js';

/**
 * Puts all pull requests of a JSON text into the spool, or none if one of them is wrong.
 *
 * @param text a list in the shape of `gh pr list --json`
 * @returns how many there are
 * @throws {Error} that says what is wrong, in one line
 */
export async function importPullRequests(text: string, config: Config, now: EpochMs): Promise<number> {
  const entries = listIn(text);
  const recorder = await liveRecorder(homePaths(config.home), config);
  const rows = entries.flatMap((entry, place) => {
    try {
      return readPullRequest(entry, now, recorder).map(redacted);
    } catch (error) {
      throw new Error(`entry ${place + 1}: ${(error as Error).message}`, { cause: error });
    }
  });
  await configuredSpool(config).append(rows);
  return entries.length;
}

function listIn(text: string): unknown[] {
  let parsed: unknown;
  try {
    // Windows' PowerShell writes a byte-order mark.
    parsed = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new Error('it is not JSON', { cause: error });
  }
  if (!Array.isArray(parsed)) throw new Error('it is not a list, as gh pr list --json prints it');
  return parsed as unknown[];
}
