import { open, rename, rm } from 'node:fs/promises';
import type { Desk } from '../answer.js';
import type { Asker } from '../asker.js';
import { UsageError, type AskedWindow } from '../options.js';
import { bytesMeasure, startProgress } from '../render/progress.js';
import { selectOf, type ExportOptions, type StoredTable } from './export.js';

/** All rows in one answer: the largest limit that a pipe takes. */
const ALL = 2 ** 31 - 1;

const stored: Record<string, StoredTable> = {
  agents: 'agent_activations',
  skills: 'skill_activations',
  events: 'telemetry_events',
};

/** Writes the rows of a table as one Parquet file, which the store itself makes. The file is whole or not there. */
export async function exportParquet(
  name: string,
  options: ExportOptions,
  window: AskedWindow,
  { asker, print }: Desk,
): Promise<void> {
  const path = options.out;
  if (path === undefined) throw new UsageError('--format parquet needs --out FILE');
  const pieces = await ask(asker, name, window, options);
  const unfinished = `${path}.part`;
  const file = await open(unfinished, 'w', 0o600);
  const progress = startProgress('export', bytesMeasure);
  let bytes = 0;
  try {
    for await (const piece of pieces) {
      await file.write(piece);
      bytes += piece.byteLength;
      progress.show({ done: bytes, total: null });
    }
    await file.close();
    await rename(unfinished, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(unfinished, { force: true });
    throw error;
  } finally {
    progress.end();
  }
  print(`export: ${bytesMeasure(bytes)} written to ${path}`);
}

function ask(
  asker: Asker,
  name: string,
  window: AskedWindow,
  options: ExportOptions,
): Promise<AsyncIterable<Uint8Array>> {
  const table = stored[name];
  if (table !== undefined) return asker.parquet({ sql: selectOf(table, window, options) });
  const question = name === 'sessions' ? 'sessionList' : 'requestList';
  return asker.parquet({ question, params: { ...window.params, limit: ALL } });
}
