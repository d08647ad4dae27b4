import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TinybirdClient } from '../../../src/store/client-types.js';
import { readExport, type Encoding, type Signal } from '../../../src/signals/otel/export.js';
import { ingestSignals } from './store.js';

const cases = fileURLToPath(new URL('../../fixtures/cases', import.meta.url));

/** Reads an OTLP body as the collector does, and stores its rows. */
export async function storeExport(
  client: TinybirdClient,
  signal: Signal,
  body: Uint8Array,
  encoding: Encoding = 'json',
): Promise<void> {
  const read = readExport(signal, encoding, body, {
    recorder: { device: 'test', privacyTier: 1, origin: 'live' },
    projectOf: () => 'shop',
  });
  if ('problem' in read) throw new Error(read.problem.message);
  await ingestSignals(client, read.records);
}

/** Stores all OTLP bodies of a case, in the order of their file names. */
export async function storeCase(client: TinybirdClient, name: string): Promise<void> {
  for (const file of readdirSync(join(cases, name)).sort())
    await storeExport(
      client,
      file.includes('metrics') ? 'metrics' : 'logs',
      readFileSync(join(cases, name, file)),
    );
}
