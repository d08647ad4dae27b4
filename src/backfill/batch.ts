/** Rows made ready to go: written once as JSON, for the spool and for the wire. */
import type { SignalRow } from '../signals/row.js';

/** The rows of one table, one line each, as `/v0/events` takes them. */
export interface TableBody {
  table: string;
  rows: number;
  body: Uint8Array<ArrayBuffer>;
}

/** Bytes of rows that are worth sending: an insert costs the engine the less, the larger it is. */
const ENOUGH = 14_000_000;
/** Bytes of the first batch; each is twice the one before it, so that the store is not idle at the beginning. */
const ENOUGH_AT_FIRST = 1_750_000;
/** Bytes that the rows of one table never exceed: well under Tinybird's 10 MB a request. */
const MOST = 8_000_000;
const FIRST_BYTES = 1 << 16;

/** Collects rows until they are worth sending. They are written into place at once: texts that live long cost most. */
export class Batcher {
  readonly #closed: TableBody[][] = [];
  #tables = new Map<string, TableLines>();
  #size = 0;
  #enough = ENOUGH_AT_FIRST;
  /** Bytes that the last batch's rows of each table took: room made at once need not be made larger. */
  readonly #room = new Map<string, number>();

  add({ table, row }: SignalRow): void {
    const line = JSON.stringify(row);
    if ((this.#tables.get(table)?.size ?? 0) + line.length > MOST) this.#close();
    let lines = this.#tables.get(table);
    if (lines === undefined) this.#tables.set(table, (lines = new TableLines(this.#room.get(table))));
    this.#size += lines.add(line);
  }

  /** Whether it is time to take what there is. */
  get isFull(): boolean {
    return this.#closed.length > 0 || this.#size >= this.#enough;
  }

  /** The rows so far, a batch being the rows of several tables. */
  take(): TableBody[][] {
    this.#close();
    return this.#closed.splice(0);
  }

  #close(): void {
    if (this.#tables.size === 0) return;
    this.#closed.push([...this.#tables].map(([table, { rows, bytes }]) => ({ table, rows, body: bytes })));
    for (const [table, { size }] of this.#tables) this.#room.set(table, size);
    this.#tables = new Map();
    this.#size = 0;
    this.#enough = Math.min(ENOUGH, this.#enough * 2);
  }
}

/** Lines of one table in one piece of memory of its own, which can be handed to another thread without a copy. */
class TableLines {
  rows = 0;
  size = 0;
  #buffer: Buffer<ArrayBuffer>;

  /** @param room bytes that it is likely to take */
  constructor(room = 0) {
    this.#buffer = Buffer.from(new ArrayBuffer(Math.max(FIRST_BYTES, room + (room >> 3))));
  }

  /** Returns the bytes that the line takes. */
  add(line: string): number {
    // A character of a JSON text has at most three bytes.
    const needed = this.size + line.length * 3 + 1;
    if (needed > this.#buffer.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(needed, this.#buffer.length * 2)));
      this.#buffer.copy(larger, 0, 0, this.size);
      this.#buffer = larger;
    }
    const end = this.size + this.#buffer.write(line, this.size);
    this.#buffer[end] = LINE_BREAK;
    const taken = end + 1 - this.size;
    this.size = end + 1;
    this.rows += 1;
    return taken;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.buffer, 0, this.size);
  }
}

const LINE_BREAK = 0x0a;
