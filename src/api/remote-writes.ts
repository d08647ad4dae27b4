/** Notices new rows in a store elsewhere, which tells nobody of its writes. */
import type { TinybirdClient } from '../store/client-types.js';
import type { EpochMs } from '../base/time/units.js';
import type { Writes } from './live.js';

/** How often the store is asked, milliseconds. Tinybird answers a bare count() from its metadata, without reading rows. */
const ASK_EVERY_MS = 10_000;

/**
 * Counts for each table of a store elsewhere, as {@link Writes}: a count grows when the table's number of rows has
 * changed. It asks while its counts are read, at most every ten seconds and one question at a time; what the store does
 * not answer is asked again later.
 *
 * @param tables the names of the tables
 */
export function remoteWrites(
  client: Pick<TinybirdClient, 'sql'>,
  tables: readonly string[],
  now: () => EpochMs = Date.now,
): () => Writes {
  const counts = new Map(tables.map((table) => [table, 0]));
  const rows = new Map<string, unknown>();
  const question = tables
    .map((table) => `SELECT '${table}' AS name, count() AS rows FROM ${table}`)
    .join(' UNION ALL ');
  let askedAt = -Infinity;
  let isAsking = false;

  const ask = async () => {
    for (const { name, rows: found } of await client.sql(question)) {
      if (typeof name !== 'string') continue;
      if (rows.has(name) && rows.get(name) !== found) counts.set(name, (counts.get(name) ?? 0) + 1);
      rows.set(name, found);
    }
  };

  return () => {
    if (!isAsking && now() - askedAt >= ASK_EVERY_MS) {
      isAsking = true;
      askedAt = now();
      void ask()
        .catch(() => undefined)
        .finally(() => (isAsking = false));
    }
    return new Map(counts);
  };
}
