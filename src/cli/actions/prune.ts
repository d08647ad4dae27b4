/** `atel prune`: removes old events from a project's log. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isThere, pruneLog } from '../../project-log/prune.js';
import { grouped, plural } from '../../base/format/counts.js';
import { withLock } from '../../base/lock.js';
import { ageOf } from '../shared/age.js';
import { CommandError } from '../shared/command-error.js';
import { configuredLog, logFile } from '../shared/log-desk.js';
import { UsageError } from '../shared/options.js';
import { bytesMeasure, startProgress } from '../render/progress.js';
import type { prune } from '../commands/prune.js';
import type { OptionsOf, Outside } from '../shared/command.js';

type PruneOptions = OptionsOf<typeof prune.flags>;

const DAY_MS = 24 * 3600_000;

/** How long to wait for another prune of the same log, milliseconds. */
const BUSY_LIMIT_MS = 60_000;

/**
 * Removes old events from this project's log, or from the given one, even while others append to it. Prints how many.
 */
export async function run(options: PruneOptions, { print }: Outside): Promise<void> {
  const { file, age } = typeof options.file === 'string' ? givenLog(options) : ownLog(options);
  if (!(await isThere(file))) {
    print(`0 events removed; there is no ${file} yet.`);
    return;
  }
  // No event is from before 1970, so a longer age makes no difference.
  const before = Math.max(0, Date.now() - age);
  const progress = startProgress('prune', bytesMeasure);
  const work = () =>
    pruneLog(file, before, {
      dryRun: options.dryRun === true,
      onProgress: ({ bytes, bytesInAll }) => progress.show({ done: bytes, total: bytesInAll }),
    }).finally(progress.end);
  let pruned = await withLock(`${file}.lock`, work);
  for (const limit = performance.now() + BUSY_LIMIT_MS; pruned === undefined && performance.now() < limit;) {
    await sleep(100);
    pruned = await withLock(`${file}.lock`, work);
  }
  if (pruned === undefined) throw new CommandError(`${file} is being pruned by another process.`);
  const { removed, kept } = pruned;
  const what = options.dryRun === true ? 'would be removed' : 'removed';
  print(
    `${plural(removed, 'event')} ${what} (before ${new Date(before).toISOString()}), ${grouped(kept)} kept in ${file}`,
  );
}

function ownLog({ olderThan }: PruneOptions): { file: string; age: number } {
  const { file, retentionDays } = configuredLog();
  return { file, age: olderThan === undefined ? retentionDays * DAY_MS : ageOf(olderThan) };
}

function givenLog(options: PruneOptions): { file: string; age: number } {
  if (options.olderThan === undefined)
    throw new UsageError('--file PATH needs --older-than: a given log has no retention of its own');
  const file = logFile(options);
  if (!/\.(?:jsonl|ndjson)$/.test(file))
    throw new UsageError(`--file takes a .jsonl or .ndjson file to prune, not ${file}`);
  return { file, age: ageOf(options.olderThan) };
}
