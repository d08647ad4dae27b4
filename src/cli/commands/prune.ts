import { setTimeout as sleep } from 'node:timers/promises';
import { projectLog, type ProjectLog } from '../../emit/project-log.js';
import { isThere, pruneLog } from '../../emit/prune.js';
import { withLock } from '../../hooks/lock.js';
import { CommandError } from '../command-error.js';
import { UsageError } from '../options.js';
import { bytesMeasure, startProgress } from '../render/progress.js';

export interface PruneOptions {
  olderThan?: string;
  dryRun?: boolean;
}

const DAY_MS = 24 * 3600_000;
const units = { h: 3600_000, d: DAY_MS, w: 7 * DAY_MS } as const;

/** How long another prune of the same log is waited for, milliseconds. */
const BUSY_LIMIT_MS = 60_000;

/** Takes old events out of this project's own log; safe beside whoever emits. Prints how many. */
export async function prune(options: PruneOptions, print: (line: string) => void): Promise<void> {
  const { file, retentionDays } = configuredLog();
  const age = options.olderThan === undefined ? retentionDays * DAY_MS : ageOf(options.olderThan);
  if (!(await isThere(file))) {
    print(`0 events removed; there is no ${file} yet.`);
    return;
  }
  const before = Date.now() - age;
  const progress = startProgress('prune', bytesMeasure);
  const work = () =>
    pruneLog(file, before, {
      dryRun: options.dryRun === true,
      onProgress: ({ bytes, bytesInAll }) => progress.show({ done: bytes, total: bytesInAll }),
    }).finally(progress.end);
  let pruned = await withLock(`${file}.lock`, work);
  for (const limit = Date.now() + BUSY_LIMIT_MS; pruned === undefined && Date.now() < limit;) {
    await sleep(100);
    pruned = await withLock(`${file}.lock`, work);
  }
  if (pruned === undefined) throw new CommandError(`${file} is being pruned by another process.`);
  const { removed, kept } = pruned;
  const what = options.dryRun === true ? 'would be removed' : 'removed';
  print(
    `${removed} ${removed === 1 ? 'event' : 'events'} ${what} (before ${new Date(before).toISOString()}), ${kept} kept in ${file}`,
  );
}

function configuredLog(): ProjectLog {
  let log: ProjectLog | undefined;
  try {
    log = projectLog(process.cwd());
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error), { cause: error });
  }
  if (log === undefined)
    throw new CommandError(
      'This project keeps no log of its own: there is no section "telemetry" in .ll/ll-config.json.',
    );
  return log;
}

function ageOf(text: string): number {
  const [, amount, unit] = /^(\d+)([hdw])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined)
    throw new UsageError(`--older-than takes hours, days or weeks, like 12h, 90d or 4w; not ${text}`);
  return Number(amount) * units[unit as keyof typeof units];
}
