/** Removes from the store what is older than the settings allow. */
import { withoutRefill } from '../../backfill/follow-store.js';
import { loadConfig, LOCAL_TOKEN, type Config } from '../../base/config.js';
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
/**
 * How long after the start of the server the first removal begins, milliseconds: at its start somebody waits for it, and
 * the first query costs the engine as much as an import of thousands of rows.
 */
const FIRST_MS = 60_000;
/** Pause before another try, e.g. while a backfill runs, milliseconds. */
const AGAIN_MS = 10 * 60_000;

/** The time of each table's rows. The tables that are not listed only hold ids, names, months and rules. */
const timeColumns: Readonly<Record<string, string>> = {
  agent_activations: 'timestamp',
  alert_evaluations: 'timestamp',
  api_requests: 'timestamp',
  contents: 'timestamp',
  copied_requests: 'timestamp',
  otel_logs: 'TimestampTime',
  otel_metrics_gauge: 'TimeUnix',
  otel_metrics_histogram: 'TimeUnix',
  otel_metrics_sum: 'TimeUnix',
  otel_traces: 'Timestamp',
  requests: 'timestamp',
  session_bounds: 'last_at',
  session_summaries: 'timestamp',
  side_questions: 'timestamp',
  skill_activations: 'timestamp',
  task_bounds: 'last_at',
  telemetry_events: 'timestamp',
};

/** The conditions of the rows that are too old, by table. */
function conditionsOf(config: Config, now: EpochMs): [table: string, condition: string][] {
  const { contents_days: ofTexts, retention_days: ofAll } = config;
  return Object.entries(timeColumns).flatMap(([table, column]) => {
    const days = Math.min(ofAll ?? Infinity, table === 'contents' ? (ofTexts ?? Infinity) : Infinity);
    const end = storeTime(Math.max(0, now - days * DAY_MS));
    return days === Infinity ? [] : [[table, `${column} < parseDateTime64BestEffort('${end}', 3, 'UTC')`]];
  });
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

/** Removes what is too old from the embedded store, soon and once a day. A failure is logged and tried again. */
export function keepRetention(config: Config, paths: HomePaths): { stop: () => void } {
  const target = { url: config.tinybird_url, token: LOCAL_TOKEN };
  const remove = async () => {
    // Looked up each time: a limit that was lifted meanwhile must not remove anything.
    const { contents_days, retention_days } = loadConfig();
    return removeExpired({ ...config, contents_days, retention_days }, target, Date.now());
  };
  const keep = async (): Promise<void> => {
    try {
      for (const { table, rows } of await remove())
        if (rows > 0)
          log(paths, 'note', `${plural(rows, 'row')} of ${table} removed: older than the settings allow`);
      next(DAY_MS);
    } catch (error) {
      log(paths, 'store', error);
      next(AGAIN_MS);
    }
  };
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const next = (ms: number) => {
    if (!isStopped) timer = setTimeout(() => void keep(), ms);
  };
  next(FIRST_MS);
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
