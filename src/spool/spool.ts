/**
 * The spool keeps rows on disk until Tinybird has stored them.
 *
 * The promise: an appended row leaves the spool only by a 2xx from Tinybird, as a dead letter with its reason, or by a
 * counted drop at the size cap. Nothing else removes it, except a person who purges. A row that was damaged on disk is never sent: it is counted,
 * and its remains are kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';
import { SCHEMA_VERSION } from '../signals/row.js';
import { DamagedFolder, type Damage } from './damaged.js';
import { parseObject } from '../base/json/json.js';
import {
  listRegularFiles,
  listOthers,
  moveDurably,
  privateFolder,
  uniqueSuffix,
  writeDurably,
} from '../base/files.js';
import { removeLeftOver } from '../base/left-over.js';
import type { EpochMs } from '../base/time/units.js';
import { countRedactions, RedactionLog, type Redactions } from './redactions.js';
import {
  describeFile,
  fileEnding,
  fileOfLetter,
  letterOfFile,
  onlyTableOf,
  rowsByName,
  rowsEnding,
  rowsOfLetter,
  rowsOfSegment,
  SEGMENT_ENDINGS,
  stampOf,
  withoutMore,
  writtenAt,
} from './names.js';
import { checksum, parseRow, readLines, readRecords, writeRecord, type SpooledRow } from './records.js';
import { isMissingFile } from '../base/missing-file.js';

export type { SpooledRow } from './records.js';

/** A row that Tinybird refused, and why; for a Parquet file, `row` holds the file's name. */
export interface DeadLetter extends SpooledRow {
  /** Name of the letter; a row that is refused again has the same one. */
  id: string;
  /** Number of rows. */
  rows: number;
  reason: string;
  /** Time of the refusal, ISO 8601. */
  at: string;
}

/** The rows of one file of the spool, in the order they were appended. */
export interface Segment {
  name: string;
  rows: SpooledRow[];
}

/** The content of the spool in numbers. */
export interface SpoolState {
  segments: number;
  bytes: number;
  /** Rows in the dead letters. */
  deadLetters: number;
  /** Rows dropped at the size cap since the spool was made. */
  dropped: number;
  /** Rows damaged on disk. */
  damaged: number;
  /** Secrets redacted in rows since the spool was made, by kind. */
  redacted: Redactions;
}

/** Most rows in a segment, which is read into memory whole. */
const SEGMENT_ROWS = 20_000;
/** Characters after which a segment ends: rows with texts are long. */
const SEGMENT_LENGTH = 32_000_000;
const LETTER = '.json';
/** End of the name of a letter that is being put back among the segments. */
const TAKEN = '.taken';
/** End of the name of a segment that is being dropped. */
const DROPPING = '.dropping';

/** Stamp of the last segment that this process wrote. No two segments have the same one, which keeps their order. */
let lastStamp = 0;

/** Rows on disk until Tinybird has stored them. One folder, any number of writing processes. */
export class Spool {
  readonly #segments: string;
  readonly #dead: string;
  readonly #drops: string;
  readonly #damaged: DamagedFolder;
  readonly #redactions: RedactionLog;
  /** Bytes that this writer appended since it last measured the folder; unknown at first. */
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

  /** Writes rows to disk and flushes them. They are safe once it resolves. */
  async append(rows: readonly RedactedRow<SpooledRow>[]): Promise<void> {
    await this.#append(rows, (lines) => this.#redactions.add(countRedactions(lines)));
  }

  async #append(
    rows: readonly SpooledRow[],
    onWritten: (lines: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    let part: string[] = [];
    let length = 0;
    for (const [place, row] of rows.entries()) {
      const record = writeRecord(row);
      part.push(record);
      length += record.length;
      const isLast = place === rows.length - 1;
      if (!isLast && part.length < SEGMENT_ROWS && length < SEGMENT_LENGTH) continue;
      const lines = part.join('');
      await this.#write(rowsEnding({ table: null, rows: part.length }), lines);
      await onWritten(lines);
      [part, length] = [[], 0];
    }
  }

  /**
   * Writes rows of one table to disk as a Parquet file, which is delivered whole. They are safe once it resolves.
   *
   * @param rows number of rows in the file
   * @param redacted secrets that were redacted in them
   * @returns the segment's name
   */
  async putFile(table: string, file: Uint8Array, rows: number, redacted: Redactions = {}): Promise<string> {
    const name = await this.#write(fileEnding(table, rows, checksum(file), SCHEMA_VERSION), file);
    await this.#redactions.add(redacted);
    return name;
  }

  async #write(ending: string, content: string | Uint8Array): Promise<string> {
    await privateFolder(this.#segments);
    lastStamp = Math.max(Date.now(), lastStamp + 1);
    const name = `${lastStamp.toString().padStart(14, '0')}-${randomBytes(4).toString('hex')}${ending}`;
    await writeDurably(join(this.#segments, name), content);
    this.#unmeasured += content.length;
    // Measuring looks at every waiting segment, of which there are many after a long outage.
    if (this.#unmeasured < this.maxBytes / 64) return name;
    this.#unmeasured = 0;
    await this.#keepUnderCap();
    return name;
  }

  /** Names of the waiting segments, oldest first. */
  waiting(): Promise<string[]> {
    return listRegularFiles(this.#segments, ...SEGMENT_ENDINGS);
  }

  /** Reads a row segment. Damaged rows are counted and kept aside. */
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

  /** Reads a Parquet segment; undefined if it is damaged. A damaged one is counted and kept aside. */
  async readFile(name: string): Promise<Uint8Array | undefined> {
    const path = join(this.#segments, name);
    const content = await readFile(path);
    const described = describeFile(name);
    const wanted = described?.checksum ?? null;
    if (described === undefined || wanted === null || checksum(content) === wanted) return content;
    await this.#damaged.keepFile(path, name, described.rows, 'damaged on disk');
    return undefined;
  }

  /**
   * Replaces a segment by these rows of it, one segment per table, at the same place in the order. What is damaged in it
   * goes.
   */
  async keepOnly(name: string, rows: readonly SpooledRow[]): Promise<void> {
    const kept: string[] = [];
    for (const table of new Set(rows.map((row) => row.table))) {
      const own = rows.filter((row) => row.table === table);
      const segment = stampOf(name) + rowsEnding({ table, rows: own.length });
      kept.push(segment);
      await writeDurably(join(this.#segments, segment), own.map(writeRecord).join(''));
    }
    if (!kept.includes(name)) await this.remove(name);
  }

  /**
   * Removes a segment whose rows are all stored or set aside. A writer may have dropped it while it was being sent: then
   * its rows do not count as dropped.
   */
  async remove(name: string): Promise<void> {
    const isHere = await unlessGone(rm(join(this.#segments, name)).then(() => true));
    if (isHere === undefined && (await this.#wasDropped(name))) await this.#noteDrop(name, 0);
  }

  /** Makes a dead letter of a row. The same row overwrites its earlier letter. */
  async bury(row: SpooledRow, reason: string): Promise<void> {
    await privateFolder(this.#dead);
    const letter = { ...row, rows: 1, reason, at: new Date().toISOString() };
    await writeDurably(join(this.#dead, letterName(row)), JSON.stringify(letter));
  }

  /**
   * Makes a dead letter of a Parquet segment.
   *
   * @param rows number of its rows that were refused
   */
  async buryFile(name: string, reason: string, rows: number): Promise<void> {
    await privateFolder(this.#dead);
    const { table } = describeFile(name) ?? { table: '' };
    const letter = { table, row: { file: name }, rows, reason, at: new Date().toISOString() };
    const path = join(this.#dead, letterOfFile(name, rows));
    await writeDurably(path, JSON.stringify(letter));
    try {
      await moveDurably(join(this.#segments, name), join(this.#dead, name));
    } catch (error) {
      // The file was dropped at the size cap while it was being sent.
      if (isMissingFile(error)) await rm(path, { force: true });
      throw error;
    }
  }

  /** All dead letters. */
  async deadLetters(): Promise<DeadLetter[]> {
    return (await this.#letters(() => true)).map(({ letter }) => letter);
  }

  /**
   * Puts dead letters that hold rows back among the segments. Returns the number of rows.
   *
   * A letter is first renamed: if a drain sends its row at once and Tinybird refuses it again, the new letter has the old
   * name and must stay. A letter that an interrupted replay has renamed is still a letter.
   */
  async replayDeadLetters(isMeant: (letter: DeadLetter) => boolean = () => true): Promise<number> {
    const letters = await this.#letters((letter) => letter.table !== '' && isMeant(letter));
    const taken: { path: string; file: string | undefined; letter: DeadLetter }[] = [];
    for (const { path, name, letter } of letters) {
      const own = join(this.#dead, `${name}.${uniqueSuffix()}${TAKEN}`);
      await unlessGone(
        rename(path, own).then(() => taken.push({ path: own, file: fileOfLetter(name), letter })),
      );
    }
    const single = taken.filter(({ file }) => file === undefined);
    await this.#append(single.map(({ letter: { table, row } }) => ({ table, row })));
    for (const { path, file } of taken) {
      // If an earlier replay was interrupted, the file is already among the segments.
      if (file !== undefined) {
        await privateFolder(this.#segments);
        await unlessGone(moveDurably(join(this.#dead, file), join(this.#segments, file)));
      }
      await rm(path, { force: true });
    }
    return taken.reduce((sum, { letter }) => sum + letter.rows, 0);
  }

  /** Removes dead letters for good, with what they hold. Returns the number of rows. */
  async purgeDeadLetters(isMeant: (letter: DeadLetter) => boolean): Promise<number> {
    const letters = await this.#letters(isMeant);
    for (const { path, name } of letters) {
      // The file first: without its letter nothing would name it.
      const file = fileOfLetter(name);
      if (file !== undefined) await rm(join(this.#dead, file), { force: true });
      await rm(path, { force: true });
    }
    return letters.reduce((sum, { letter }) => sum + letter.rows, 0);
  }

  /**
   * Removes rows from the waiting segments and the dead letters for good, and whatever else in the spool may hold such
   * rows: damaged records, files that are no segments and no letters, temporary files of writers that are gone. Nothing
   * else may deliver at the same time.
   *
   * @param isMeant whether a row is removed; of a Parquet file, which holds rows of one table, only the table is known
   * @returns the number of rows
   */
  async purgeRows(isMeant: (row: SpooledRow | { table: string; row: null }) => boolean): Promise<number> {
    let removed = 0;
    const mayHold = (segment: string) => isMeant({ table: onlyTableOf(segment) ?? '', row: null });
    for (const name of await this.waiting()) {
      const file = describeFile(name);
      if (file === undefined) {
        const { rows } = await this.read(name);
        const kept = rows.filter((row) => !isMeant(row));
        // Damaged records of the segment are counted now, and kept where the last step finds them.
        if (kept.length < rows.length || mayHold(name)) await this.keepOnly(name, kept);
        removed += rows.length - kept.length;
      } else if (isMeant({ table: file.table, row: null })) {
        await this.remove(name);
        removed += file.rows;
      }
    }
    const isLetterMeant = ({ table, row }: DeadLetter) =>
      isMeant(typeof row.file === 'string' ? { table, row: null } : { table, row });
    removed += await this.purgeDeadLetters(isLetterMeant);
    for (const name of await listOthers(this.#segments, ...SEGMENT_ENDINGS)) {
      if (!mayHold(withoutMore(name))) continue;
      await this.#damaged.keep(name, rowsByName(name), 'was no segment, and was removed by a purge', []);
      await rm(join(this.#segments, name), { recursive: true, force: true });
    }
    const files = new Set((await this.#letters(() => true)).map(({ name }) => fileOfLetter(name)));
    for (const name of await listOthers(this.#dead, LETTER, TAKEN))
      if (!files.has(name) && mayHold(name))
        await rm(join(this.#dead, name), { recursive: true, force: true });
    for (const folder of [this.#segments, this.#dead]) await removeLeftOver(folder);
    await this.#damaged.forget(mayHold);
    return removed;
  }

  /** The letters that are meant, each once, with the name that it has or had before an interrupted replay. */
  async #letters(
    isMeant: (letter: DeadLetter) => boolean,
  ): Promise<{ path: string; name: string; letter: DeadLetter }[]> {
    const letters: { path: string; name: string; letter: DeadLetter }[] = [];
    for (const entry of await listRegularFiles(this.#dead, LETTER, TAKEN)) {
      const path = join(this.#dead, entry);
      const name = nameOfLetter(entry);
      const text = await unlessGone(readFile(path, 'utf8'));
      if (text === undefined) continue;
      const letter = parseLetter(name, text);
      if (isMeant(letter)) letters.push({ path, name, letter });
    }
    return letters;
  }

  /** All damage by segment, including files among the segments whose name or kind is wrong. */
  async damage(): Promise<Damage[]> {
    const strangers = await listOthers(this.#segments, ...SEGMENT_ENDINGS, DROPPING);
    const reason = 'is not a segment: its name was changed, or it is not a file';
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
      deadLetters: (await listRegularFiles(this.#dead, LETTER, TAKEN)).reduce(
        (sum, name) => sum + rowsOfLetter(nameOfLetter(name)),
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
      await this.#drop(name);
    }
  }

  /** Drops the segments that were written before a moment and counts their rows. */
  async dropOlderThan(moment: EpochMs): Promise<void> {
    for (const { name, file } of await this.#dropping()) await this.#finishDrop(name, file);
    for (const name of await this.waiting()) if (writtenAt(name) < moment) await this.#drop(name);
  }

  /**
   * Drops a segment. It is renamed first, so that of several writers and a delivery only one gets it. If this process is
   * killed after that, the next drain finishes the drop.
   */
  async #drop(name: string): Promise<void> {
    const file = `${name}.${uniqueSuffix()}${DROPPING}`;
    const isOurs = await unlessGone(
      rename(join(this.#segments, name), join(this.#segments, file)).then(() => true),
    );
    if (isOurs === true) await this.#finishDrop(name, file);
  }

  async #finishDrop(name: string, file: string): Promise<void> {
    const path = join(this.#segments, file);
    const rows = rowsOfSegment(name) ?? (await unlessGone(readFile(path)).then(countLines));
    if (rows === undefined) return;
    await this.#noteDrop(name, rows);
    await rm(path, { force: true });
  }

  async #noteDrop(name: string, rows: number): Promise<void> {
    await appendFile(this.#drops, `${name} ${rows}\n`, { mode: 0o600, flush: true });
  }

  /** Segments whose drop has begun: the name of each, and of its file now. */
  async #dropping(): Promise<{ name: string; file: string }[]> {
    const files = await listRegularFiles(this.#segments, DROPPING);
    return files.map((file) => ({ name: file.replace(/\.[\w-]+\.dropping$/, ''), file }));
  }

  /** Whether a writer has dropped a segment, or is about to. */
  async #wasDropped(name: string): Promise<boolean> {
    // In this order: a writer notes the drop before it removes the file.
    if ((await this.#dropping()).some((one) => one.name === name)) return true;
    const log = (await unlessGone(readFile(this.#drops, 'utf8'))) ?? '';
    return log.includes(`${name} `);
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

  /**
   * The log has one line per dropped segment. A second line with no rows says that the segment was delivered after all;
   * a drop that was interrupted may have two lines alike.
   */
  async #droppedRows(): Promise<number> {
    const text = (await unlessGone(readFile(this.#drops, 'utf8'))) ?? '';
    const rows = new Map<string, number>();
    for (const [, name = '', count] of text.matchAll(/^(\S+) (\d+)$/gm))
      rows.set(name, Math.min(rows.get(name) ?? Infinity, Number(count)));
    return [...rows.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** The result of a file operation; undefined if the file is missing. */
async function unlessGone<T>(operation: Promise<T>): Promise<T | undefined> {
  return operation.catch((error: unknown) => {
    if (isMissingFile(error)) return undefined;
    throw error;
  });
}

/** The number of rows in a segment of an earlier version, one in a line. */
function countLines(content: Buffer | undefined): number | undefined {
  return content === undefined ? undefined : readLines(content).rows.length;
}

/** The name of a letter without what a replay added to it. */
function nameOfLetter(entry: string): string {
  return entry.replace(/(\.json)\.[\w-]+\.taken$/, '$1');
}

/** A row's letter is named by a hash of its content, so a damaged letter is noticed. */
function letterName({ table, row }: SpooledRow): string {
  const content = JSON.stringify({ table, row });
  return createHash('sha256').update(content).digest('hex').slice(0, 24) + LETTER;
}

function parseLetter(name: string, text: string): DeadLetter {
  const row = parseRow(text);
  const { reason, at } = parseObject(text) ?? {};
  const isWhole = row !== undefined && (fileOfLetter(name) !== undefined || letterName(row) === name);
  const problem = row === undefined ? 'unreadable dead letter' : 'damaged dead letter';
  return {
    id: name.slice(0, -LETTER.length),
    ...(isWhole ? row : { table: '', row: { line: text } }),
    rows: rowsOfLetter(name),
    reason: isWhole && typeof reason === 'string' ? reason : problem,
    at: typeof at === 'string' ? at : '',
  };
}
