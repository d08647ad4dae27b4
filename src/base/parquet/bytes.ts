/** Bytes that are written one behind the other, in memory that grows and is used again. */
export class Bytes {
  length = 0;
  #view: Buffer<ArrayBuffer>;

  constructor(capacity = 1_024) {
    this.#view = Buffer.from(new ArrayBuffer(capacity));
  }

  /** What was written. It changes with the next writing. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#view.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.#room(1)[this.length++] = value;
  }

  /** Little-endian, four bytes. */
  uint32(value: number): void {
    this.length = this.#room(4).writeUInt32LE(value, this.length);
  }

  /** A whole number, seven bits a byte, the lowest first. */
  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  /** So many zeros, to be written over until the next writing. */
  zeros(count: number): Uint8Array {
    const from = this.length;
    const zeros = this.#room(count)
      .subarray(from, from + count)
      .fill(0);
    this.length += count;
    return zeros;
  }

  /** A text as UTF-8 behind its length in four bytes, little-endian. */
  text(text: string): void {
    // A character of a JavaScript text has at most three bytes.
    const view = this.#room(4 + text.length * 3);
    const from = this.length + 4;
    let to = from;
    for (let at = 0; at < text.length; at += 1) {
      const char = text.charCodeAt(at);
      if (char >= 0x80) {
        to = from + view.write(text, from);
        break;
      }
      view[to++] = char;
    }
    view.writeUInt32LE(to - from, this.length);
    this.length = to;
  }

  /** Memory with room for so many bytes more. */
  #room(bytes: number): Buffer<ArrayBuffer> {
    const needed = this.length + bytes;
    if (needed > this.#view.length) {
      const larger = Buffer.from(new ArrayBuffer(Math.max(needed, this.#view.length * 2)));
      larger.set(this.written);
      this.#view = larger;
    }
    return this.#view;
  }
}
