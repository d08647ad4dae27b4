/** Rows made ready to go: written once as JSON, for the spool and for the wire. */
import type { SignalRow } from '../signals/row.js';

/** The rows of one table, one line each, as `/v0/events` takes them. */
export interface TableBody {
  table: string;
  rows: number;
  body: Uint8Array<ArrayBuffer>;
}

/** One segment of the spool, and the same rows by table. */
export interface Batch {
  segment: Uint8Array<ArrayBuffer>;
  bodies: TableBody[];
}

/** Bytes of rows that are worth sending: an insert costs the engine the less, the larger it is. */
const ENOUGH = 14_000_000;
/** Bytes that the rows of one table never exceed: well under Tinybird's 10 MB a request. */
const MOST = 8_000_000;
const FIRST_BYTES = 1 << 16;

/** Collects rows until they are worth sending. They are written into place at once: texts that live long cost most. */
export class Batcher {
  readonly #closed: Batch[] = [];
  #tables = new Map<string, TableLines>();
  #size = 0;

  add({ table, row }: SignalRow): void {
    const line = JSON.stringify(row);
    if ((this.#tables.get(table)?.size ?? 0) + line.length > MOST) this.#close();
    let lines = this.#tables.get(table);
    if (lines === undefined) this.#tables.set(table, (lines = new TableLines(table)));
    this.#size += lines.add(line);
  }

  /** Whether it is time to take what there is. */
  get isFull(): boolean {
    return this.#closed.length > 0 || this.#size >= ENOUGH;
  }

  /** The rows so far. */
  take(): Batch[] {
    this.#close();
    return this.#closed.splice(0);
  }

  #close(): void {
    const tables = [...this.#tables.values()];
    if (tables.length === 0) return;
    this.#tables = new Map();
    this.#size = 0;
    const segment = Buffer.from(new ArrayBuffer(tables.reduce((sum, lines) => sum + lines.segmentBytes, 0)));
    tables.reduce((at, lines) => lines.copyTo(segment, at), 0);
    this.#closed.push({ segment: new Uint8Array(segment.buffer), bodies: tables.map((lines) => lines.body) });
  }
}

/** Lines of one table in one piece of memory of its own, which can be handed to another thread without a copy. */
class TableLines {
  size = 0;
  readonly #ends: number[] = [];
  readonly #head: Buffer;
  #bytes = Buffer.from(new ArrayBuffer(FIRST_BYTES));

  constructor(private readonly table: string) {
    // The shape of a spooled row: see spool.ts.
    this.#head = Buffer.from(`{"table":${JSON.stringify(table)},"row":`);
  }

  /** Returns the bytes that the line takes. */
  add(line: string): number {
    // A character of a JSON text has at most three bytes.
    const needed = this.size + line.length * 3 + 1;
    if (needed > this.#bytes.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(needed, this.#bytes.length * 2)));
      this.#bytes.copy(larger, 0, 0, this.size);
      this.#bytes = larger;
    }
    const end = this.size + this.#bytes.write(line, this.size);
    this.#ends.push(end);
    this.#bytes[end] = LINE_BREAK;
    const taken = end + 1 - this.size;
    this.size = end + 1;
    return taken;
  }

  get body(): TableBody {
    return {
      table: this.table,
      rows: this.#ends.length,
      body: new Uint8Array(this.#bytes.buffer, 0, this.size),
    };
  }

  get segmentBytes(): number {
    return this.size + this.#ends.length * (this.#head.length + 1);
  }

  /** Writes the lines as the spool has them. Returns where they end. */
  copyTo(segment: Buffer, begin: number): number {
    let at = begin;
    let from = 0;
    for (const end of this.#ends) {
      segment.set(this.#head, at);
      at += this.#head.length;
      this.#bytes.copy(segment, at, from, end);
      at += end - from;
      segment[at] = CLOSING_BRACE;
      segment[at + 1] = LINE_BREAK;
      at += 2;
      from = end + 1;
    }
    return at;
  }
}

const LINE_BREAK = 0x0a;
const CLOSING_BRACE = 0x7d;
