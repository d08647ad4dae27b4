/** Number of transcript lines per session that could not be counted. One small file per session that has any. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asCount, parseObject } from '../base/json/json.js';
import { identify } from '../signals/identity.js';
import { listFiles, privateFolder, writeDurably } from '../base/files.js';

const ENDING = '.json';

export class LeftOut {
  constructor(private readonly folder: string) {}

  /**
   * Records the counts of sessions that were read completely. Replaces their earlier counts.
   *
   * @param counts lines per session
   */
  async note(counts: ReadonlyMap<string, number>): Promise<void> {
    if (counts.size === 0) return;
    const known = new Set(await listFiles(this.folder, ENDING));
    for (const [sessionId, lines] of counts) {
      const name = identify('left-out', sessionId) + ENDING;
      if (lines === 0) {
        if (known.has(name)) await rm(join(this.folder, name), { force: true });
        continue;
      }
      await privateFolder(this.folder);
      await writeDurably(join(this.folder, name), JSON.stringify({ lines }));
    }
  }

  /** Sum over all sessions. */
  async count(): Promise<number> {
    const names = await listFiles(this.folder, ENDING);
    const counts = await Promise.all(
      names.map(async (name) => linesIn(await readFile(join(this.folder, name), 'utf8').catch(() => ''))),
    );
    return counts.reduce((sum, lines) => sum + lines, 0);
  }
}

function linesIn(text: string): number {
  // If the file was removed in the meantime, or is incomplete after a crash, the next reading of the session writes it
  // again.
  return asCount(parseObject(text)?.lines) ?? 0;
}
