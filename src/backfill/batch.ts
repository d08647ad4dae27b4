/** Rows ready to be sent: written once, as one Parquet file per table, for both the spool and the wire. */
import type { ParquetTable } from '../base/parquet/table.js';
import { countRedactions, type Redactions } from '../spool/redactions.js';
import { redactedTable } from '../signals/privacy/redacted-table.js';
import type { SignalRow } from '../signals/row.js';

/** Rows of one table as a Parquet file. */
export interface TableFile {
  table: string;
  rows: number;
  file: Uint8Array<ArrayBuffer>;
  /** Secrets that were redacted in the rows. */
  redacted: Redactions;
}

/** Rows of a full batch: the larger an insert, the less it costs the engine per row (bench/backfill.ts). */
const ENOUGH = 100_000;
/**
 * Rows of the first batch. Each batch is twice as large as the previous one, so that the store is not idle at the
 * beginning.
 */
const ENOUGH_AT_FIRST = 20_000;
/** Towards the end, minimum rows of a batch, however few are still to come. */
const ENOUGH_AT_LAST = 40_000;

/**
 * A table with fewer rows waits for the next batch: an insert costs the engine as much as this many rows, however few
 * it has.
 */
const TOO_FEW = 4_000;
/**
 * Characters of texts in one file (privacy tiers 2 and 3): Tinybird takes files of up to 50 MB, and a character takes at
 * most three bytes.
 */
const MOST_TEXT = 12_000_000;
/** Limit of batches in a row that leave rows for the next one. */
const MOST_PARTIAL = 3;

/** Collects rows until a batch is full. Rows are put into columns at once, because objects that live long cost most. */
export class Batcher {
  readonly #tables = new Map<string, ParquetTable>();
  /** Files that are full before their batch is. */
  readonly #full: TableFile[] = [];
  #text = 0;
  #rows = 0;
  #enough = ENOUGH_AT_FIRST;
  #partial = 0;

  /** Adds a row, redacted. */
  add({ table, row }: SignalRow): void {
    let columns = this.#tables.get(table);
    if (columns === undefined) this.#tables.set(table, (columns = redactedTable()));
    columns.add(row);
    this.#rows += 1;
    if (table === 'contents') this.#addText(row.text.length, columns);
  }

  /** Ends a file of texts when it is large. */
  #addText(characters: number, columns: ParquetTable): void {
    this.#text += characters;
    if (this.#text < MOST_TEXT) return;
    const { rows } = columns;
    this.#full.push(fileOf('contents', rows, columns.take()));
    this.#rows -= rows;
    this.#text = 0;
  }

  /**
   * Whether it is time to take a batch: it is full, or it has as many rows as are still to come, so that the store has
   * little left to do when everything is read. A small batch waits for the rest if that is less than half of it: two
   * inserts would cost the engine more than they save time.
   */
  isFull(rowsToCome: number): boolean {
    if (this.#full.length > 0) return true;
    const isNearlyAll = rowsToCome * 2 < this.#rows;
    const enough = isNearlyAll
      ? ENOUGH_AT_LAST
      : Math.min(this.#enough, Math.max(ENOUGH_AT_LAST, rowsToCome));
    return this.#rows >= enough;
  }

  /** Whether the last batch left rows for the next one. */
  get isPartial(): boolean {
    return this.#partial > 0;
  }

  /**
   * The rows so far, without those of tables that have too few; undefined if there are none.
   *
   * @param isLast leave no rows for the next batch
   */
  take(isLast: boolean): TableFile[] | undefined {
    if (this.#rows + this.#full.length === 0) return undefined;
    this.#enough = Math.min(ENOUGH, this.#enough * 2);
    const least = isLast || this.#partial === MOST_PARTIAL ? 1 : TOO_FEW;
    const files = this.#full.splice(0);
    this.#rows = 0;
    for (const [table, columns] of this.#tables) {
      const { rows } = columns;
      if (rows >= least) {
        files.push(fileOf(table, rows, columns.take()));
        if (table === 'contents') this.#text = 0;
      } else this.#rows += rows;
    }
    this.#partial = this.#rows === 0 ? 0 : this.#partial + 1;
    return files;
  }
}

/** Redactions are counted in the file, which holds repeated values of a column only once. */
function fileOf(table: string, rows: number, file: Uint8Array<ArrayBuffer>): TableFile {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const redacted = bytes.includes('[redacted:') ? countRedactions(bytes.toString('latin1')) : {};
  return { table, rows, file, redacted };
}
