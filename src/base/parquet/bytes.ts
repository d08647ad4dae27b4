/** A growing byte buffer that is written from start to end and reused. */
export class Bytes {
  length = 0;
  #view: Buffer<ArrayBuffer>;

  constructor(capacity = 1_024) {
    this.#view = Buffer.from(new ArrayBuffer(capacity));
  }

  /** The bytes written so far. The next write may change them. */
  get written(): Uint8Array<ArrayBuffer> {
    return this.#view.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
  }

  byte(value: number): void {
    this.#room(1)[this.length++] = value;
  }

  /** Writes four bytes, little-endian. */
  uint32(value: number): void {
    this.length = this.#room(4).writeUInt32LE(value, this.length);
  }

  /** Writes a ULEB128 number: seven bits per byte, lowest first. */
  varint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  append(bytes: Uint8Array): void {
    this.#room(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Appends zeros and returns them, to be filled in before the next write. */
  zeros(count: number): Uint8Array {
    const from = this.length;
    const zeros = this.#room(count)
      .subarray(from, from + count)
      .fill(0);
    this.length += count;
    return zeros;
  }

  /** Writes a text as UTF-8 after its length (four bytes, little-endian): a Parquet BYTE_ARRAY. */
  text(text: string): void {
    // UTF-8 takes at most three bytes per UTF-16 code unit.
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

  /** The buffer, with room for this many more bytes. */
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
