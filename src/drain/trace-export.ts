/** The always-on export of traces to `otel_endpoint`. */
import { join } from 'node:path';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import { TraceFeed } from '../traces/feed.js';
import { readHeaders, tracesUrl } from '../traces/otlp-http.js';
import { sourceOf } from '../traces/traces.js';
import { privateFolder } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import type { RowStore } from '../spool/row-store.js';
import { StoreError } from '../store/store-error.js';
import { withLock } from '../base/lock.js';

/** A client that also notes each stored row for the always-on export. */
export function noting(client: RowStore, paths: HomePaths): RowStore {
  const feed = new TraceFeed(paths.traces);
  return {
    ingest: async (table, rows) => {
      await feed.note(rows.map((row) => ({ table, row })));
      return client.ingest(table, rows);
    },
    // Files come from a backfill: old events are not exported.
    append: (table, file, options) => client.append(table, file, options),
    sql: (query, options) => client.sql(query, options),
  };
}

/** Limit of runs in a row: a run that was full, or during which events were added, is followed by another one. */
const MOST_RUNS = 3;

/**
 * Sends what is new to the configured OpenTelemetry endpoint; does nothing if none is configured or another process is
 * exporting. It has its own lock, so that a slow endpoint does not hold up a drain.
 */
export async function exportNewTraces(config: Config, paths: HomePaths, insist: boolean): Promise<void> {
  const url = config.otel_endpoint === null ? undefined : tracesUrl(config.otel_endpoint);
  if (url === undefined || !config.enabled) return;
  await privateFolder(paths.traces);
  const client = configuredClient(config);
  const target = { url, headers: readHeaders(config.otel_headers) ?? {} };
  const feed = new TraceFeed(paths.traces);
  try {
    for (let runs = 0; runs < MOST_RUNS && (runs === 0 || (await feed.waiting()) > 0); runs += 1) {
      const state = await withLock(join(paths.traces, 'lock'), () =>
        feed.run(target, sourceOf(client), insist),
      );
      // The process with the lock looks again after it releases the lock.
      if (state?.problem !== null) return;
    }
  } catch (error) {
    // An embedded store that stopped when idle is started by new rows, not by the export.
    if (!(error instanceof StoreError) || error.kind !== 'network') throw error;
  }
}
