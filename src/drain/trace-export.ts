import { join } from 'node:path';
import { configuredClient } from '../store/client.js';
import type { Config } from '../base/config.js';
import { TraceFeed } from '../traces/feed.js';
import { readHeaders, tracesUrl } from '../traces/otlp-http.js';
import { sourceOf } from '../traces/traces.js';
import { privateFolder } from '../base/files.js';
import type { HomePaths } from '../base/home.js';
import type { RowStore } from '../spool/deliver.js';
import { StoreError } from '../store/store-error.js';
import { withLock } from '../base/lock.js';

/** The client, which also notes for the always-on export what it stores. */
export function noting(client: RowStore, paths: HomePaths): RowStore {
  const feed = new TraceFeed(paths.traces);
  return {
    ingest: async (table, rows) => {
      await feed.note(rows.map((row) => ({ table, row })));
      return client.ingest(table, rows);
    },
    // Files are what a backfill left: what happened long ago is not sent on.
    append: (table, file, options) => client.append(table, file, options),
    sql: (query, options) => client.sql(query, options),
  };
}

/** A run that was full, or to which something was added meanwhile, is followed by another, so many in all. */
const MOST_RUNS = 3;

/**
 * Sends to the OpenTelemetry endpoint of the settings what is new; nothing where none is set, or another process
 * is at it. Under a lock of its own: an endpoint that is slow to answer holds up no drain.
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
      // Whoever holds the lock looks again after letting go of it.
      if (state?.problem !== null) return;
    }
  } catch (error) {
    // A store that sleeps is woken by what is stored, not by what is sent on.
    if (!(error instanceof StoreError) || error.kind !== 'network') throw error;
  }
}
