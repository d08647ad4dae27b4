/** Parquet's RLE/bit-packing hybrid, and the levels that are written with it. */
import { Bytes } from './bytes.js';

/** The bit width of numbers up to this one; at least 1. */
export function bitsFor(largest: number): number {
  return Math.max(1, 32 - Math.clz32(largest));
}

/** Runs of at least this length are run-length encoded; shorter ones are bit-packed. */
const SHORTEST_RUN = 32;

/**
 * Writes numbers of at most 24 bits in the RLE/bit-packing hybrid, as Parquet has it for dictionary indexes and levels:
 * long runs as a value with a count, the rest bit-packed in groups of eight.
 */
export function writeSmall(out: Bytes, values: Uint32Array | Uint8Array, bits: number): void {
  const { length } = values;
  let from = 0; // first value not written yet
  let run = 0; // start of the current run
  while (run < length) {
    const value = values[run] ?? 0;
    let to = run + 1;
    while (to < length && values[to] === value) to += 1;
    // A bit-packed group has eight values, so the start of the run fills up the group before it.
    const begin = run + ((from - run) & 7);
    if (to - begin >= SHORTEST_RUN) {
      if (begin > from) writePacked(out, values, from, begin, bits);
      writeRun(out, value, to - begin, bits);
      from = to;
    }
    run = to;
  }
  if (length > from) writePacked(out, values, from, length, bits);
}

/** Writes a bit-packed run: `bits` per value, lowest bit first, in groups of eight. */
function writePacked(
  out: Bytes,
  values: Uint32Array | Uint8Array,
  from: number,
  end: number,
  bits: number,
): void {
  const groups = Math.ceil((end - from) / 8);
  out.varint(groups * 2 + 1);
  const packed = out.zeros(groups * bits);
  let held = 0;
  let bitsHeld = 0;
  let to = 0;
  for (let at = from; at < end; at += 1) {
    held |= (values[at] ?? 0) << bitsHeld;
    bitsHeld += bits;
    for (; bitsHeld >= 8; bitsHeld -= 8) {
      packed[to++] = held;
      held >>>= 8;
    }
  }
  if (bitsHeld > 0) packed[to] = held;
}

/** Writes an RLE run: one value and its count. */
export function writeRun(out: Bytes, value: number, count: number, bits: number): void {
  out.varint(count * 2);
  for (let byte = 0; byte < bits; byte += 8) out.byte((value >>> byte) & 0xff);
}

/**
 * Definition or repetition levels of a column. Their maximum is 1, so each takes one bit. While all are equal, only
 * their number is stored.
 */
export class Flags {
  count = 0;
  #set = 0;
  #flags = new Uint8Array(0);

  /** Adds a level, `times` over. */
  add(flag: 0 | 1, times = 1): void {
    if (this.#flags.length > 0 || !this.areAll(flag)) this.#keep(flag, times);
    if (flag === 1) this.#set += times;
    this.count += times;
  }

  areAll(flag: 0 | 1): boolean {
    return this.#set === (flag === 1 ? this.count : 0);
  }

  /** Writes the levels after their length in bytes. */
  write(page: Bytes): void {
    const levels = new Bytes(this.count / 8 + 16);
    if (this.areAll(0)) writeRun(levels, 0, this.count, 1);
    else if (this.areAll(1)) writeRun(levels, 1, this.count, 1);
    else writeSmall(levels, this.#flags.subarray(0, this.count), 1);
    page.uint32(levels.length);
    page.append(levels.written);
  }

  clear(): void {
    this.count = 0;
    this.#set = 0;
    this.#flags = new Uint8Array(0);
  }

  #keep(flag: 0 | 1, times: number): void {
    const needed = this.count + times;
    if (needed > this.#flags.length) {
      const larger = new Uint8Array(Math.max(1_024, needed * 2));
      if (this.#flags.length > 0) larger.set(this.#flags);
      else if (this.#set > 0) larger.fill(1, 0, this.count);
      this.#flags = larger;
    }
    if (times === 1) this.#flags[this.count] = flag;
    else this.#flags.fill(flag, this.count, needed);
  }
}
