/** Counts the secrets that were redacted in rows, for `status`. */
import { appendFile, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { redactedPlace } from '../signals/privacy/marker.js';
import { privateFolder, writeDurably } from '../base/files.js';

/** Number of redacted secrets by kind. */
export type Redactions = Record<string, number>;

/** Counts the redactions in a text. */
export function countRedactions(text: string): Redactions {
  const counts: Redactions = {};
  if (!text.includes('[redacted:')) return counts;
  for (const [, kind = ''] of text.matchAll(redactedPlace)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Adds counts to a sum. */
function addRedactions(sum: Redactions, more: Redactions): void {
  for (const [kind, count] of Object.entries(more)) sum[kind] = (sum[kind] ?? 0) + count;
}

/** A larger file is replaced by its sums. */
const LONGEST = 64 * 1024;

/**
 * A count that several processes add to: a file with a line `KIND COUNT` per addition. It is only a statistic: an
 * addition made while another process sums up the file may be lost.
 */
export class RedactionLog {
  constructor(private readonly file: string) {}

  /** Adds counts. Their rows are already on disk, so a failure to write the counts is ignored. */
  async add(counts: Redactions): Promise<void> {
    const lines = linesOf(counts);
    if (lines === '') return;
    try {
      await privateFolder(dirname(this.file));
      await appendFile(this.file, lines, { mode: 0o600 });
      if ((await stat(this.file)).size > LONGEST) await writeDurably(this.file, linesOf(await this.read()));
    } catch {
      // A failure is ignored, see above.
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
