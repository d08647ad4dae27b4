/** The embedded store for the tests of a file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, beforeEach } from 'vitest';
import type { TinybirdClient } from '../../../src/store/client-types.js';
import { deployCatalogue } from '../../../src/cli/shared/catalogue.js';
import type { SignalRow } from '../../../src/signals/row.js';
import { startLocalServer } from '../../../src/local/index.js';
import { emptyTables } from '../../helpers/empty-tables.js';
import { prepareStore } from '../../helpers/prepared-store.js';
import { testClient } from '../../helpers/test-client.js';

const catalogueFile = fileURLToPath(new URL('../../../dist/catalogue.json', import.meta.url));

interface Store {
  readonly client: TinybirdClient;
  readonly url: string;
  /** Empties every table. */
  clear: () => Promise<void>;
}

interface Opened {
  url: string;
  client: TinybirdClient;
}

/** The server of this process. A process can open the engine once, so it stays open for the files that follow. */
let opening: Promise<Opened> | undefined;

async function open(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'atel-store-'));
  // The engine ends with the process. What it does not write then is not needed.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  prepareStore(folder);
  const { url } = await startLocalServer({
    dataDir: folder,
    port: 0,
    prepare: ({ fetch, adminToken }) => deployCatalogue(catalogueFile, fetch, adminToken),
  });
  return { url, client: testClient(url) };
}

/**
 * The embedded store with the catalogue deployed, emptied before each test of the file, or once if the tests only read.
 * Files in the same process share it (vitest.integration.config.ts).
 */
export function useStore({ isEmptied = 'each' }: { isEmptied?: 'each' | 'once' } = {}): Store {
  let opened: Opened | undefined;
  const now = (): Opened => {
    if (opened === undefined) throw new Error('the store is not up yet');
    return opened;
  };
  beforeAll(async () => {
    opened = await (opening ??= open());
  });
  if (isEmptied === 'once') beforeAll(() => emptyTables(now()));
  else beforeEach(() => emptyTables(now()));
  return {
    clear: () => emptyTables(now()),
    get client() {
      return now().client;
    },
    get url() {
      return opened?.url ?? '';
    },
  };
}

/** Stores rows of several tables, with one request per table. */
export async function ingestSignals(client: TinybirdClient, rows: readonly SignalRow[]): Promise<void> {
  const byTable = new Map<string, SignalRow['row'][]>();
  for (const { table, row } of rows) byTable.set(table, [...(byTable.get(table) ?? []), row]);
  for (const [table, some] of byTable) await client.ingest(table, some);
}
