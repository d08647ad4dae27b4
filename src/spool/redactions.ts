import { appendFile, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { redactedPlace } from '../signals/privacy/marker.js';
import { privateFolder, writeDurably } from '../base/files.js';

/** How many secrets of each kind were taken out of rows. */
export type Redactions = Record<string, number>;

/** Counts the redacted places of a text. */
export function countRedactions(text: string): Redactions {
  const counts: Redactions = {};
  if (!text.includes('[redacted:')) return counts;
  for (const [, kind = ''] of text.matchAll(redactedPlace)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Adds counts to counts. */
function addRedactions(sum: Redactions, more: Redactions): void {
  for (const [kind, count] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + count;
}

/** A longer file is written anew as its sums. */
const LONGEST = 64 * 1024;

/**
 * Counts that any number of processes add to: a line `KIND COUNT` for each that was added. It is a statistic: what is
 * added in the very moment in which another process sums the file up is not in it.
 */
export class RedactionLog {
  constructor(private readonly file: string) {}

  /** Adds counts. The rows are on disk already: a count that cannot be written fails nobody. */
  async add(counts: Redactions): Promise<void> {
    const lines = linesOf(counts);
    if (lines === '') return;
    try {
      await privateFolder(dirname(this.file));
      await appendFile(this.file, lines, { mode: 0o600 });
      if ((await stat(this.file)).size > LONGEST) await writeDurably(this.file, linesOf(await this.read()));
    } catch {
      // As it says above.
    }
  }

  async read(): Promise<Redactions> {
    const counts: Redactions = {};
    const text = await readFile(this.file, 'utf8').catch(() => '');
    for (const [, kind = '', count] of text.matchAll(/^([a-z_]+) (\d+)$/gm))
      addRedactions(counts, { [kind]: Number(count) });
    return counts;
  }
}

function linesOf(counts: Redactions): string {
  return Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}\n`)
    .join('');
}
