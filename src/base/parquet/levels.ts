import { Bytes } from './bytes.js';

/** How many bits a number up to this one takes; at least one. */
export function bitsFor(largest: number): number {
  return Math.max(1, 32 - Math.clz32(largest));
}

/** From so many of the same number on, it is written once with their count. */
const WORTH_COUNTING = 32;

/**
 * Small numbers, at most 24 bits each, as Parquet writes places and levels: one that comes many times in a row with
 * its count, others packed in groups of eight.
 */
export function writeSmall(out: Bytes, values: Uint32Array | Uint8Array, bits: number): void {
  const { length } = values;
  let from = 0; // of what is not written yet
  let run = 0; // where the same number began to come
  while (run < length) {
    const value = values[run] ?? 0;
    let to = run + 1;
    while (to < length && values[to] === value) to += 1;
    // Eight to a group: the first of the run fill up the last group before it.
    const begin = run + ((from - run) & 7);
    if (to - begin >= WORTH_COUNTING) {
      if (begin > from) writePacked(out, values, from, begin, bits);
      writeRun(out, value, to - begin, bits);
      from = to;
    }
    run = to;
  }
  if (length > from) writePacked(out, values, from, length, bits);
}

/** So many bits each, the lowest first, in groups of eight. */
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

/** The same number so many times. */
export function writeRun(out: Bytes, value: number, count: number, bits: number): void {
  out.varint(count * 2);
  for (let byte = 0; byte < bits; byte += 8) out.byte((value >>> byte) & 0xff);
}

/** A column's levels, of which ours have one bit. As long as all are the same they are counted alone. */
export class Flags {
  count = 0;
  #set = 0;
  #flags = new Uint8Array(0);

  /** Adds a flag so many times. */
  add(flag: 0 | 1, times = 1): void {
    if (this.#flags.length > 0 || !this.areAll(flag)) this.#keep(flag, times);
    if (flag === 1) this.#set += times;
    this.count += times;
  }

  areAll(flag: 0 | 1): boolean {
    return this.#set === (flag === 1 ? this.count : 0);
  }

  /** Writes them behind the length that they take. */
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
