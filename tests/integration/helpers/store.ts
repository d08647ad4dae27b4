/** The embedded store for the tests of a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { createTinybirdClient, type TinybirdClient } from '../../../src/store/client.js';
import * as catalogue from '../../../src/datasources/index.js';
import { deployCatalogue } from '../../../src/cli/shared/catalogue.js';
import type { SignalRow } from '../../../src/signals/row.js';
import { startLocalServer, type LocalServer } from '../../../src/local/index.js';
import { prepareStore } from '../../helpers/prepared-store.js';

const catalogueFile = fileURLToPath(new URL('../../../dist/catalogue.json', import.meta.url));

interface Store {
  readonly client: TinybirdClient;
  readonly url: string;
  /** Empties every table. */
  clear: () => Promise<void>;
}

/** The embedded store with the catalogue deployed, emptied before each test of the file. */
export function useStore(): Store {
  const folder = mkdtempSync(join(tmpdir(), 'atel-store-'));
  let server: LocalServer | undefined;
  let client: TinybirdClient | undefined;
  const tables = Object.values(catalogue).map(({ _name }) => _name);

  beforeAll(async () => {
    prepareStore(folder);
    server = await startLocalServer({
      dataDir: folder,
      port: 0,
      prepare: ({ fetch, adminToken }) => deployCatalogue(catalogueFile, fetch, adminToken),
    });
    client = createTinybirdClient({ baseUrl: server.url, token: 'local' });
  });
  const clear = async () => {
    for (const table of tables) {
      const response = await fetch(`${server!.url}/v0/datasources/${table}/truncate`, {
        method: 'POST',
        headers: { authorization: 'Bearer local' },
      });
      if (!response.ok) throw new Error(`truncate of ${table} failed: ${await response.text()}`);
    }
  };
  beforeEach(clear);
  afterAll(async () => {
    await server?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  });

  return {
    clear,
    get client() {
      if (client === undefined) throw new Error('the store is not up yet');
      return client;
    },
    get url() {
      return server?.url ?? '';
    },
  };
}

/** Stores rows of several tables, with one request per table. */
export async function ingestSignals(client: TinybirdClient, rows: readonly SignalRow[]): Promise<void> {
  const byTable = new Map<string, SignalRow['row'][]>();
  for (const { table, row } of rows) byTable.set(table, [...(byTable.get(table) ?? []), row]);
  for (const [table, some] of byTable) await client.ingest(table, some);
}
