/** Where the spool keeps what was damaged on disk: it cannot be sent, and it is not thrown away. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listRegularFiles, moveDurably, privateFolder, writeDurably } from '../base/files.js';
import { parseRecord } from './records.js';

/** What was damaged of one segment. */
export interface Damage {
  segment: string;
  /** How many rows are lost with it. */
  rows: number;
  reason: string;
  /** When it was found, ISO 8601. */
  at: string;
}

const ENDING = '.json';

/** The folder of what was damaged: one file for each segment, and the damaged Parquet files themselves. */
export class DamagedFolder {
  constructor(private readonly folder: string) {}

  /**
   * Keeps what is left of damaged rows. The same segment again overwrites itself, so that nothing counts twice.
   *
   * @param pieces bytes that are no whole record
   */
  async keep(segment: string, rows: number, reason: string, pieces: readonly Buffer[]): Promise<void> {
    await privateFolder(this.folder);
    const damage: Damage = { segment, rows, reason, at: new Date().toISOString() };
    // Latin-1 has a character for each byte: none is lost.
    const kept = { ...damage, pieces: pieces.map((piece) => piece.toString('latin1')) };
    await writeDurably(join(this.folder, segment + ENDING), JSON.stringify(kept));
  }

  /** Keeps a damaged file. */
  async keepFile(path: string, segment: string, rows: number, reason: string): Promise<void> {
    await this.keep(segment, rows, reason, []);
    await moveDurably(path, join(this.folder, segment));
  }

  async list(): Promise<Damage[]> {
    const names = await listRegularFiles(this.folder, ENDING);
    return Promise.all(
      names.map(async (name) => readDamage(name, await readFile(join(this.folder, name), 'utf8'))),
    );
  }
}

function readDamage(name: string, text: string): Damage {
  const { rows, reason, at } = parseRecord(text) ?? {};
  return {
    segment: name.slice(0, -ENDING.length),
    rows: typeof rows === 'number' ? rows : 1,
    reason: typeof reason === 'string' ? reason : 'unreadable',
    at: typeof at === 'string' ? at : '',
  };
}
