/**
 * Rows → one Parquet file, which Tinybird and ClickHouse load several times faster than the same rows as JSON.
 *
 * The file has one row group, one data page per column and no compression. A column with only nulls is left out, since
 * its type is unknown. Format: https://parquet.apache.org/docs/file-format/
 */
import { Bytes } from './bytes.js';
import { Column, type Rewriting } from './column.js';
import { magic, repetition } from './format.js';
import { i32, i64, list, struct, text, writeStruct } from './thrift.js';

/** A row: texts, numbers, booleans, nulls and lists of texts by column. */
export type ParquetRow = Readonly<Record<string, unknown>>;

/** The columns of a row's values, for all rows with the same names in the same order. */
interface Layout {
  names: readonly string[];
  columns: readonly Column[];
  /** The other columns of the table, null in such a row. */
  absent: readonly Column[];
}

/** Collects rows and writes them as a file. */
export class ParquetTable {
  rows = 0;
  readonly #columns = new Map<string, Column>();
  #layouts: Layout[] = [];
  /** The layout of the last row. */
  #last: Layout = { names: [], columns: [], absent: [] };
  /** Estimated size of the next file, bytes. */
  #room = 1 << 16;

  /** @param rewritingOf how the texts of a column are rewritten; undefined if they are not */
  constructor(private readonly rewritingOf: (name: string) => Rewriting | undefined = () => undefined) {}

  /** Adds a row; missing columns are null. @throws {TypeError} for a value that does not fit its column */
  add(row: ParquetRow): void {
    let layout = this.#last;
    let at = 0;
    // `for in` allocates nothing per row, unlike Object.keys and Object.entries. Run bench/backfill.ts before changing it.
    for (const name in row) {
      // Mostly a row has the layout of the previous one. If not, the columns so far are the same in its own.
      if (layout.names[at] !== name) layout = this.#layoutOf(row);
      layout.columns[at++]?.add(row[name]);
    }
    if (at < layout.names.length) layout = this.#layoutOf(row);
    for (const column of layout.absent) column.add(null);
    this.#last = layout;
    this.rows += 1;
  }

  /** Returns the rows as a file in memory, and begins a new one. */
  take(): Uint8Array<ArrayBuffer> {
    const out = new Bytes(this.#room);
    out.append(Buffer.from(magic));
    const columns = [...this.#columns.values()].filter(({ hasValues }) => hasValues);
    const written = columns.map((column) => column.write(out));
    const dataBytes = out.length - magic.length;
    const footerFrom = out.length;
    writeStruct(out, [
      [1, i32(1)],
      [
        2,
        list('struct', [
          struct([
            [3, i32(repetition.required)],
            [4, text('row')],
            [5, i32(written.length)],
          ]),
          ...written.flatMap(({ schema }) => schema).map(struct),
        ]),
      ],
      [3, i64(this.rows)],
      [
        4,
        list('struct', [
          struct([
            [
              1,
              list(
                'struct',
                written.map(({ chunk }) => chunk),
              ),
            ],
            [2, i64(dataBytes)],
            [3, i64(this.rows)],
          ]),
        ]),
      ],
      [6, text('atel')],
    ]);
    out.uint32(out.length - footerFrom);
    out.append(Buffer.from(magic));
    for (const column of this.#columns.values()) column.clear();
    this.rows = 0;
    this.#room = out.length + (out.length >> 3);
    return out.written;
  }

  #layoutOf(row: ParquetRow): Layout {
    const names = Object.keys(row);
    const known = this.#layouts.find((layout) => isSame(layout.names, names));
    if (known !== undefined) return known;
    for (const name of names) {
      if (this.#columns.has(name)) continue;
      this.#columns.set(name, new Column(name, this.rows, this.rewritingOf(name)));
      // A new column is absent from every earlier layout, so the layouts must be made again.
      this.#layouts = [];
    }
    const columns = names.flatMap((name) => this.#columns.get(name) ?? []);
    const absent = [...this.#columns.values()].filter((column) => !columns.includes(column));
    const layout = { names, columns, absent };
    this.#layouts.push(layout);
    return layout;
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}
