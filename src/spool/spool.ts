/**
 * The promise: a row that has been appended leaves the spool only by a 2xx from Tinybird, into the dead
 * letters with its reason, or by a counted drop at the size cap. Nothing else removes it. A row that the disk
 * damaged is never sent: it is counted, and what is left of it is kept aside.
 */
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import { DamagedFolder, type Damage } from './damaged.js';
import { listRegularFiles, listOthers, moveDurably, privateFolder, writeDurably } from '../base/files.js';
import { countRedactions, RedactionLog, type Redactions } from './redactions.js';
import {
  describeFile,
  fileEnding,
  fileOfLetter,
  letterOfFile,
  rowsByName,
  rowsEnding,
  rowsOfLetter,
  rowsOfSegment,
  SEGMENT_ENDINGS,
  stampOf,
} from './names.js';
import {
  checksum,
  parseRecord,
  parseRow,
  readLines,
  readRecords,
  writeRecord,
  type SpooledRow,
} from './records.js';

export type { SpooledRow } from './records.js';

/** A row that Tinybird will not take, and why; or a file of rows, which then stands for its `row`. */
export interface DeadLetter extends SpooledRow {
  /** How many rows it is. */
  rows: number;
  reason: string;
  /** When it was set aside, ISO 8601. */
  at: string;
}

/** A file of rows, in the order they were appended. */
export interface Segment {
  name: string;
  rows: SpooledRow[];
}

/** What the spool holds. */
export interface SpoolState {
  segments: number;
  bytes: number;
  /** Rows that were set aside. */
  deadLetters: number;
  /** Rows dropped at the size cap since the spool was made. */
  dropped: number;
  /** Rows that were damaged on disk. */
  damaged: number;
  /** Secrets that were taken out of rows before they came here, by kind, since the spool was made. */
  redacted: Redactions;
}

/** Rows a segment at the most: one is read into memory whole. */
const SEGMENT_ROWS = 20_000;
const LETTER = '.json';

/** The last millisecond that this process named a segment by: no two share one, so that order is kept. */
let lastStamp = 0;

/** Rows on disk until Tinybird has taken them. One folder, any number of writers. */
export class Spool {
  readonly #segments: string;
  readonly #dead: string;
  readonly #drops: string;
  readonly #damaged: DamagedFolder;
  readonly #redactions: RedactionLog;
  /** What was appended since the size was last measured, by this writer; at first nobody knows. */
  #unmeasured = Infinity;

  /** @param maxBytes size cap of all segments together */
  constructor(
    folder: string,
    private readonly maxBytes = 1024 ** 3,
  ) {
    this.#segments = join(folder, 'segments');
    this.#dead = join(folder, 'dead-letters');
    this.#drops = join(folder, 'dropped.log');
    this.#damaged = new DamagedFolder(join(folder, 'damaged'));
    this.#redactions = new RedactionLog(join(folder, 'redacted.log'));
  }

  /** Puts rows on disk, flushed. When it resolves they are safe. */
  async append(rows: readonly RedactedRow<SpooledRow>[]): Promise<void> {
    await this.#append(rows, (lines) => this.#redactions.add(countRedactions(lines)));
  }

  async #append(
    rows: readonly SpooledRow[],
    onWritten: (lines: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    if (rows.length === 0) return;
    for (let first = 0; first < rows.length; first += SEGMENT_ROWS) {
      const part = rows.slice(first, first + SEGMENT_ROWS);
      const lines = part.map(writeRecord).join('');
      await this.#write(rowsEnding({ table: null, rows: part.length }), lines);
      await onWritten(lines);
    }
  }

  /**
   * Puts rows of one table on disk as a Parquet file, which is delivered whole. When it resolves they are safe.
   *
   * @param rows how many the file holds
   * @param redacted secrets that were taken out of them
   * @returns the segment's name
   */
  async putFile(table: string, file: Uint8Array, rows: number, redacted: Redactions = {}): Promise<string> {
    const name = await this.#write(fileEnding(table, rows, checksum(file)), file);
    await this.#redactions.add(redacted);
    return name;
  }

  async #write(ending: string, content: string | Uint8Array): Promise<string> {
    await privateFolder(this.#segments);
    lastStamp = Math.max(Date.now(), lastStamp + 1);
    const name = `${lastStamp.toString().padStart(14, '0')}-${randomBytes(4).toString('hex')}${ending}`;
    await writeDurably(join(this.#segments, name), content);
    this.#unmeasured += content.length;
    // Measuring means looking at every waiting segment: after a long outage they are many.
    if (this.#unmeasured < this.maxBytes / 64) return name;
    this.#unmeasured = 0;
    await this.#keepUnderCap();
    return name;
  }

  /** Names of the waiting segments, oldest first. */
  waiting(): Promise<string[]> {
    return listRegularFiles(this.#segments, ...SEGMENT_ENDINGS);
  }

  /** Reads a segment of rows. Those that were damaged are counted and kept aside. */
  async read(name: string): Promise<Segment> {
    const content = await readFile(join(this.#segments, name));
    const expected = rowsOfSegment(name);
    const { rows, damaged } = expected === undefined ? readLines(content) : readRecords(content);
    const lost = expected === undefined ? damaged.length : Math.max(0, expected - rows.length);
    if (lost > 0) {
      const reason = damaged.length > 0 ? 'damaged on disk' : 'cut short on disk';
      await this.#damaged.keep(name, lost, reason, damaged);
    }
    return { name, rows };
  }

  /** Reads a segment that is a Parquet file; undefined where it was damaged, and is counted and kept aside. */
  async readFile(name: string): Promise<Uint8Array | undefined> {
    const path = join(this.#segments, name);
    const content = await readFile(path);
    const described = describeFile(name);
    const wanted = described?.checksum ?? null;
    if (described === undefined || wanted === null || checksum(content) === wanted) return content;
    await this.#damaged.keepFile(path, name, described.rows, 'damaged on disk');
    return undefined;
  }

  /** Leaves these rows of a segment alone, a segment for each table, in the place where they were. */
  async keepOnly(name: string, rows: readonly SpooledRow[]): Promise<void> {
    const kept: string[] = [];
    for (const table of new Set(rows.map((row) => row.table))) {
      const own = rows.filter((row) => row.table === table);
      const segment = stampOf(name) + rowsEnding({ table, rows: own.length });
      kept.push(segment);
      if (segment !== name) await writeDurably(join(this.#segments, segment), own.map(writeRecord).join(''));
    }
    if (!kept.includes(name)) await this.remove(name);
  }

  /** Forgets a segment whose rows are all stored or set aside. */
  async remove(name: string): Promise<void> {
    await rm(join(this.#segments, name), { force: true });
  }

  /** Sets one row aside with its reason. The same row again overwrites itself. */
  async bury(row: SpooledRow, reason: string): Promise<void> {
    await privateFolder(this.#dead);
    const letter: DeadLetter = { ...row, rows: 1, reason, at: new Date().toISOString() };
    await writeDurably(join(this.#dead, letterName(row)), JSON.stringify(letter));
  }

  /**
   * Sets a segment that is a Parquet file aside with its reason.
   *
   * @param rows how many of its rows were refused
   */
  async buryFile(name: string, reason: string, rows: number): Promise<void> {
    await privateFolder(this.#dead);
    const { table } = describeFile(name) ?? { table: '' };
    const letter: DeadLetter = { table, row: { file: name }, rows, reason, at: new Date().toISOString() };
    await writeDurably(join(this.#dead, letterOfFile(name, rows)), JSON.stringify(letter));
    await moveDurably(join(this.#segments, name), join(this.#dead, name));
  }

  /** The rows that were set aside. */
  async deadLetters(): Promise<DeadLetter[]> {
    return (await this.#letters()).map(({ letter }) => letter);
  }

  /** Puts every dead letter that is a row, or a file of rows, back on the road. Returns how many rows. */
  async replayDeadLetters(): Promise<number> {
    const letters = (await this.#letters()).filter(({ letter }) => letter.table !== '');
    const single = letters.filter(({ name }) => fileOfLetter(name) === undefined);
    await this.#append(single.map(({ letter: { table, row } }) => ({ table, row })));
    for (const { name } of letters) {
      const file = fileOfLetter(name);
      // Where a replay ended in the middle, the file is a segment already.
      if (file !== undefined) {
        await privateFolder(this.#segments);
        await unlessGone(moveDurably(join(this.#dead, file), join(this.#segments, file)));
      }
      await rm(join(this.#dead, name), { force: true });
    }
    return letters.reduce((sum, { letter }) => sum + letter.rows, 0);
  }

  async #letters(): Promise<{ name: string; letter: DeadLetter }[]> {
    const letters: { name: string; letter: DeadLetter }[] = [];
    for (const name of await listRegularFiles(this.#dead, LETTER)) {
      const text = await unlessGone(readFile(join(this.#dead, name), 'utf8'));
      if (text !== undefined) letters.push({ name, letter: parseLetter(name, text) });
    }
    return letters;
  }

  /** What was damaged on disk, by segment: also what lies among the segments and is none by its name or its kind. */
  async damage(): Promise<Damage[]> {
    const strangers = await listOthers(this.#segments, ...SEGMENT_ENDINGS);
    const reason = 'is no segment: its name was changed, or it is no file';
    return [
      ...(await this.#damaged.list()),
      ...strangers.map((segment) => ({ segment, rows: rowsByName(segment), reason, at: '' })),
    ];
  }

  async state(): Promise<SpoolState> {
    const sizes = await this.#sizes();
    return {
      segments: sizes.length,
      bytes: sizes.reduce((sum, { bytes }) => sum + bytes, 0),
      deadLetters: (await listRegularFiles(this.#dead, LETTER)).reduce(
        (sum, name) => sum + rowsOfLetter(name),
        0,
      ),
      dropped: await this.#droppedRows(),
      damaged: (await this.damage()).reduce((sum, { rows }) => sum + rows, 0),
      redacted: await this.#redactions.read(),
    };
  }

  /** Drops the oldest segments beyond the cap and counts their rows. */
  async #keepUnderCap(): Promise<void> {
    const sizes = await this.#sizes();
    let bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
    for (const { name, bytes: size } of sizes.slice(0, -1)) {
      if (bytes <= this.maxBytes) return;
      bytes -= size;
      // Another writer may have dropped it, or a delivery sent it, in the meantime.
      const rows = rowsOfSegment(name) ?? (await unlessGone(this.read(name)))?.rows.length;
      if (rows === undefined) continue;
      await appendFile(this.#drops, `${name} ${rows}\n`, { mode: 0o600, flush: true });
      await this.remove(name);
    }
  }

  async #sizes(): Promise<{ name: string; bytes: number }[]> {
    const sizes = await Promise.all(
      (await this.waiting()).map(async (name) => {
        const stats = await unlessGone(stat(join(this.#segments, name)));
        return stats === undefined ? [] : [{ name, bytes: stats.size }];
      }),
    );
    return sizes.flat();
  }

  /** One line a dropped segment: two writers that drop the same one count it once, and none overwrites another. */
  async #droppedRows(): Promise<number> {
    const text = (await unlessGone(readFile(this.#drops, 'utf8'))) ?? '';
    const rows = new Map(
      [...text.matchAll(/^(\S+) (\d+)$/gm)].map(([, name, count]) => [name, Number(count)]),
    );
    return [...rows.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** What a file operation yields; undefined if the file is not there (any more). */
async function unlessGone<T>(operation: Promise<T>): Promise<T | undefined> {
  return operation.catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}

/** A row's letter is named by its content, which tells whether that is as it was written. */
function letterName({ table, row }: SpooledRow): string {
  const content = JSON.stringify({ table, row });
  return createHash('sha256').update(content).digest('hex').slice(0, 24) + LETTER;
}

function parseLetter(name: string, text: string): DeadLetter {
  const row = parseRow(text);
  const { reason, at } = parseRecord(text) ?? {};
  const isWhole = row !== undefined && (fileOfLetter(name) !== undefined || letterName(row) === name);
  const problem = row === undefined ? 'unreadable dead letter' : 'damaged dead letter';
  return {
    ...(isWhole ? row : { table: '', row: { line: text } }),
    rows: rowsOfLetter(name),
    reason: isWhole && typeof reason === 'string' ? reason : problem,
    at: typeof at === 'string' ? at : '',
  };
}
