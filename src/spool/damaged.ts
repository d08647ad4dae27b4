/** The part of the spool that keeps what was damaged on disk: it cannot be sent, and it is not thrown away. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { listOthers, listRegularFiles, moveDurably, privateFolder, writeDurably } from '../base/files.js';
import { removeLeftOver } from '../base/left-over.js';
import { parseObject } from '../base/json/json.js';

/** The damage to one segment. */
export interface Damage {
  segment: string;
  /** Number of rows lost. */
  rows: number;
  reason: string;
  /** Time of discovery, ISO 8601. */
  at: string;
}

const ENDING = '.json';

/** The folder with the damage: one report per segment, and the damaged Parquet files themselves. */
export class DamagedFolder {
  constructor(private readonly folder: string) {}

  /**
   * Keeps the remains of damaged rows. The same segment overwrites its earlier report, so nothing is counted twice.
   *
   * @param pieces bytes that are not a complete record
   */
  async keep(segment: string, rows: number, reason: string, pieces: readonly Buffer[]): Promise<void> {
    await privateFolder(this.folder);
    const damage: Damage = { segment, rows, reason, at: new Date().toISOString() };
    // Latin-1 maps each byte to one character, so no byte is lost.
    const kept = { ...damage, pieces: pieces.map((piece) => piece.toString('latin1')) };
    await writeDurably(join(this.folder, segment + ENDING), JSON.stringify(kept));
  }

  /** Keeps a damaged Parquet file. */
  async keepFile(path: string, segment: string, rows: number, reason: string): Promise<void> {
    await this.keep(segment, rows, reason, []);
    await moveDurably(path, join(this.folder, segment));
  }

  /**
   * Removes what is left of segments; their reports stay, and with them the numbers of rows. Files without a report go
   * altogether.
   */
  async forget(isMeant: (segment: string) => boolean): Promise<void> {
    for (const name of await listRegularFiles(this.folder, ENDING)) {
      const segment = name.slice(0, -ENDING.length);
      if (!isMeant(segment)) continue;
      const damage = readDamage(name, await readFile(join(this.folder, name), 'utf8'));
      await writeDurably(join(this.folder, name), JSON.stringify({ ...damage, pieces: [] }));
      await rm(join(this.folder, segment), { force: true });
    }
    const reported = new Set(
      (await listRegularFiles(this.folder, ENDING)).map((name) => name.slice(0, -ENDING.length)),
    );
    for (const name of await listOthers(this.folder, ENDING))
      if (!reported.has(name) && isMeant(name))
        await rm(join(this.folder, name), { recursive: true, force: true });
    await removeLeftOver(this.folder);
  }

  async list(): Promise<Damage[]> {
    const names = await listRegularFiles(this.folder, ENDING);
    return Promise.all(
      names.map(async (name) => readDamage(name, await readFile(join(this.folder, name), 'utf8'))),
    );
  }
}

function readDamage(name: string, text: string): Damage {
  const { rows, reason, at } = parseObject(text) ?? {};
  return {
    segment: name.slice(0, -ENDING.length),
    rows: typeof rows === 'number' ? rows : 1,
    reason: typeof reason === 'string' ? reason : 'unreadable',
    at: typeof at === 'string' ? at : '',
  };
}
