/** Rows made ready to go: written once, as the files of their tables, for the spool and for the wire. */
import { ParquetTable } from '../base/parquet/table.js';
import { countRedactions, type Redactions } from '../spool/redactions.js';
import type { RedactedRow } from '../signals/privacy/redacted-row.js';

/** Rows of one table as a Parquet file. */
export interface TableFile {
  table: string;
  rows: number;
  file: Uint8Array<ArrayBuffer>;
  /** Secrets that were taken out of them. */
  redacted: Redactions;
}

/** Rows that are worth sending: an insert costs the engine the less, the larger it is. */
const ENOUGH = 100_000;
/** Rows of the first batch; each is twice the one before it, so that the store is not idle at the beginning. */
const ENOUGH_AT_FIRST = 20_000;
/** Rows of the smallest batch, however few are still to come. */
const ENOUGH_AT_LAST = 40_000;

/** Fewer rows of a table wait for the next batch: an insert costs the engine as much as this many rows, however few it has. */
const TOO_FEW = 4_000;
/** How many batches may leave rows behind, one after the other. */
const MOST_PARTIAL = 3;

/** Collects rows until they are worth sending. They are put into columns at once: objects that live long cost most. */
export class Batcher {
  readonly #tables = new Map<string, ParquetTable>();
  #rows = 0;
  #enough = ENOUGH_AT_FIRST;
  #partial = 0;

  add({ table, row }: RedactedRow): void {
    let columns = this.#tables.get(table);
    if (columns === undefined) this.#tables.set(table, (columns = new ParquetTable()));
    columns.add(row);
    this.#rows += 1;
  }

  /**
   * Whether it is time to take what there is: it is as much as is worth sending, or as is still to come, so that the
   * store has little left to do when all is read.
   */
  isFull(rowsToCome: number): boolean {
    return this.#rows >= Math.min(this.#enough, Math.max(ENOUGH_AT_LAST, rowsToCome));
  }

  /** Whether rows were left behind. */
  get isPartial(): boolean {
    return this.#partial > 0;
  }

  /**
   * The rows so far, but for those of tables that have too few; undefined if there are none.
   *
   * @param isLast nothing is left behind
   */
  take(isLast: boolean): TableFile[] | undefined {
    if (this.#rows === 0) return undefined;
    this.#enough = Math.min(ENOUGH, this.#enough * 2);
    const least = isLast || this.#partial === MOST_PARTIAL ? 1 : TOO_FEW;
    const files: TableFile[] = [];
    this.#rows = 0;
    for (const [table, columns] of this.#tables) {
      const { rows } = columns;
      if (rows >= least) files.push(fileOf(table, rows, columns.take()));
      else this.#rows += rows;
    }
    this.#partial = this.#rows === 0 ? 0 : this.#partial + 1;
    return files;
  }
}

/** What was redacted is counted in the file, which holds a name that comes again in a column once. */
function fileOf(table: string, rows: number, file: Uint8Array<ArrayBuffer>): TableFile {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const redacted = bytes.includes('[redacted:') ? countRedactions(bytes.toString('latin1')) : {};
  return { table, rows, file, redacted };
}
