import { Bytes } from './bytes.js';

/** How many bits a number up to this one takes; at least one. */
export function bitsFor(largest: number): number {
  return Math.max(1, 32 - Math.clz32(largest));
}

/** Small numbers as Parquet packs them: so many bits each, at most 24, the lowest first, in groups of eight. */
export function writePacked(out: Bytes, values: Uint32Array | Uint8Array, bits: number): void {
  const groups = Math.ceil(values.length / 8);
  out.varint(groups * 2 + 1);
  const packed = new Uint8Array(groups * bits);
  let held = 0;
  let bitsHeld = 0;
  let to = 0;
  for (const value of values) {
    held |= value << bitsHeld;
    bitsHeld += bits;
    for (; bitsHeld >= 8; bitsHeld -= 8) {
      packed[to++] = held;
      held >>>= 8;
    }
  }
  if (bitsHeld > 0) packed[to] = held;
  out.append(packed);
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

  add(flag: 0 | 1): void {
    if (this.#set !== (flag === 1 ? this.count : 0) || this.#flags.length > 0) this.#keep(flag);
    this.#set += flag;
    this.count += 1;
  }

  areAll(flag: 0 | 1): boolean {
    return this.#set === (flag === 1 ? this.count : 0);
  }

  /** Writes them behind the length that they take. */
  write(page: Bytes): void {
    const levels = new Bytes(this.count / 8 + 16);
    if (this.areAll(0)) writeRun(levels, 0, this.count, 1);
    else if (this.areAll(1)) writeRun(levels, 1, this.count, 1);
    else writePacked(levels, this.#flags.subarray(0, this.count), 1);
    page.uint32(levels.length);
    page.append(levels.written);
  }

  clear(): void {
    this.count = 0;
    this.#set = 0;
    this.#flags = new Uint8Array(0);
  }

  #keep(flag: 0 | 1): void {
    if (this.count >= this.#flags.length) {
      const larger = new Uint8Array(Math.max(1_024, this.count * 2));
      if (this.#flags.length > 0) larger.set(this.#flags);
      else if (this.#set > 0) larger.fill(1, 0, this.count);
      this.#flags = larger;
    }
    this.#flags[this.count] = flag;
  }
}
