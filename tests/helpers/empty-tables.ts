import * as catalogue from '../../src/datasources/index.js';
import type { TinybirdClient } from '../../src/store/client-types.js';

const tables = Object.values(catalogue).map(({ _name }) => _name);
const counts = tables
  .map((table) => `SELECT '${table}' AS name, count() AS rows FROM ${table}`)
  .join(' UNION ALL ');

/** Empties the tables of a store that have rows. */
export async function emptyTables({ url, client }: { url: string; client: TinybirdClient }): Promise<void> {
  const filled = await client.sql(`SELECT name FROM (${counts}) WHERE rows > 0`);
  for (const { name } of filled) {
    const response = await fetch(`${url}/v0/datasources/${String(name)}/truncate`, {
      method: 'POST',
      headers: { authorization: 'Bearer local' },
    });
    if (!response.ok) throw new Error(`truncate of ${String(name)} failed: ${await response.text()}`);
  }
}
