/** Removes from the store what is older than the settings allow. */
import { withoutRefill } from '../../backfill/follow-store.js';
import { LOCAL_TOKEN, type Config } from '../../base/config.js';
import { plural } from '../../base/format/counts.js';
import type { HomePaths } from '../../base/home.js';
import { storeTime } from '../../base/time/store-time.js';
import type { EpochMs } from '../../base/time/units.js';
import { log } from '../../drain/log.js';
import type { DeployTarget } from '../../store/admin-call.js';
import { countRemovable, removeRows } from '../../store/removal.js';

/** Rows of a table that are older than they may be. */
export interface Expired {
  table: string;
  rows: number;
}

const DAY_MS = 24 * 3600_000;

/** The conditions of the rows that are too old, by table. */
function conditionsOf({ contents_days: days }: Config, now: EpochMs): [table: string, condition: string][] {
  return days === null ? [] : [['contents', `timestamp < '${storeTime(Math.max(0, now - days * DAY_MS))}'`]];
}

/** Counts the rows that {@link removeExpired} would remove. @throws {StoreError} */
export async function countExpired(config: Config, target: DeployTarget, now: EpochMs): Promise<Expired[]> {
  const counts: Expired[] = [];
  for (const [table, condition] of conditionsOf(config, now))
    counts.push({ table, rows: await countRemovable(target, table, condition) });
  return counts;
}

/** Removes the rows that are too old. @throws {StoreError} */
export function removeExpired(config: Config, target: DeployTarget, now: EpochMs): Promise<Expired[]> {
  return withoutRefill(config, async () => {
    const removed: Expired[] = [];
    for (const [table, condition] of conditionsOf(config, now))
      removed.push({ table, rows: await removeRows(target, table, condition) });
    return removed;
  });
}

/** Removes what is too old from the embedded store, now and once a day. A failure is logged and tried again. */
export function keepRetention(config: Config, paths: HomePaths): { stop: () => void } {
  const target = { url: config.tinybird_url, token: LOCAL_TOKEN };
  const keep = () =>
    removeExpired(config, target, Date.now()).then(
      (removed) => {
        for (const { table, rows } of removed)
          if (rows > 0)
            log(paths, 'note', `${plural(rows, 'row')} of ${table} removed: older than the settings allow`);
      },
      (error: unknown) => log(paths, 'store', error),
    );
  const timer = setInterval(() => void keep(), DAY_MS);
  void keep();
  return { stop: () => clearInterval(timer) };
}
