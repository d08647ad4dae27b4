/** Prunes project logs that set `retention_days`. */
import { forgetKeptLog, keptLogs, saveKeptLog, type KeptLog } from '../project-log/kept-logs.js';
import { isInsideProject, projectLog, type ProjectLog } from '../project-log/project-log.js';
import { isThere, pruneLog } from '../project-log/prune.js';
import { withLock } from '../base/lock.js';

const DAY_MS = 24 * 3600_000;

/**
 * Prunes the project logs whose settings set `retention_days`, each at most once a day. The store is never touched. A
 * log that another process is pruning is left for the next drain.
 *
 * @returns what was removed and what failed, one line each
 */
export async function pruneKeptLogs(
  folder: string,
  now: number,
): Promise<{ removals: string[]; failures: string[] }> {
  const removals: string[] = [];
  const failures: string[] = [];
  for (const kept of await keptLogs(folder)) {
    if (!isDue(kept, now)) continue;
    try {
      const log = stillKept(kept);
      if (log === undefined) {
        await forgetKeptLog(folder, kept);
        continue;
      }
      const removed = await withLock(`${log.file}.lock`, () => prune(log, now));
      if (removed === undefined) continue;
      await saveKeptLog(folder, { ...kept, at: now, removed, problem: null });
      if (removed > 0)
        removals.push(
          `${removed} ${removed === 1 ? 'event' : 'events'} older than ${log.retentionDays} days ${removed === 1 ? 'was' : 'were'} removed from ${log.file}`,
        );
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      await saveKeptLog(folder, { ...kept, at: now, removed: 0, problem });
      failures.push(`${kept.file} was not pruned: ${problem}`);
    }
  }
  return { removals, failures };
}

/** A time in the future was written by a wrong clock. */
function isDue({ at }: KeptLog, now: number): boolean {
  return at === null || now - at >= DAY_MS || at > now;
}

/** The log according to its project's current settings; undefined if they no longer ask for pruning. */
function stillKept({ root, file }: KeptLog): ProjectLog | undefined {
  const log = projectLog(root);
  return log?.file === file && log.enabled && log.prunesItself ? log : undefined;
}

/** Removes events older than `retention_days`. Returns how many. A log without such events is not rewritten. */
async function prune(log: ProjectLog, now: number): Promise<number> {
  if (!(await isThere(log.file))) return 0;
  if (!isInsideProject(log)) throw new Error('it leads out of the project');
  const before = now - log.retentionDays * DAY_MS;
  if ((await pruneLog(log.file, before, { dryRun: true })).removed === 0) return 0;
  return (await pruneLog(log.file, before)).removed;
}
