/** `atel export --format parquet`. */
import { open, rename, rm } from 'node:fs/promises';
import type { Desk } from '../shared/answer.js';
import type { Asker } from '../shared/asker.js';
import { UsageError, type AskedWindow } from '../shared/options.js';
import { bytesMeasure, startProgress } from '../render/progress.js';
import type { ExportOptions } from './export-options.js';
import { selectEvents, type ListQuestion } from './export-sources.js';

/** All rows in one answer: the largest limit that a pipe accepts. */
const ALL = 2 ** 31 - 1;

/** Writes the rows of a table as one Parquet file, which the store makes. The file is complete or does not exist. */
export async function exportParquet(
  question: ListQuestion | undefined,
  options: ExportOptions,
  window: AskedWindow,
  { asker, print }: Desk,
): Promise<void> {
  const path = options.out;
  if (path === undefined) throw new UsageError('--format parquet needs --out FILE');
  const pieces = await ask(asker, question, window, options);
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

/** @param question the question for the rows; events are queried by SQL */
function ask(
  asker: Asker,
  question: ListQuestion | undefined,
  window: AskedWindow,
  options: ExportOptions,
): Promise<AsyncIterable<Uint8Array>> {
  if (question === undefined) return asker.parquet({ sql: selectEvents(window, options) });
  return asker.parquet({ question, params: { ...window.params, limit: ALL } });
}
