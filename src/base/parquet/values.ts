/** Collects the values of one column, without its nulls, and encodes them for a data page. */
import { Bytes } from './bytes.js';
import {
  convertedType,
  encoding,
  physicalType,
  type ConvertedType,
  type Encoding,
  type PhysicalType,
} from './format.js';
import { bitsFor, writeRun, writeSmall } from './levels.js';

/** How the values are encoded. */
export interface Encoded {
  type: PhysicalType;
  /** The converted type, if the physical type alone does not say what the values are. */
  converted: ConvertedType | undefined;
  encoding: Encoding;
  /** The dictionary page, for dictionary encoding. */
  dictionary: { values: Bytes; count: number } | undefined;
}

/** Collects values of one kind; `T` is the type of a value in a row. */
export interface Values<T> {
  readonly count: number;
  add(value: T): void;
  /** Adds the last value again, `times` over. */
  repeat(times: number): void;
  /** Appends all values to the page. */
  encode(page: Bytes): Encoded;
  /** Removes the values and keeps the memory. */
  clear(): void;
}

/** Distinct texts from which on dictionary encoding is given up, if they are more than half of all. */
const MANY_TEXTS = 1_000;

/** What a text is stored as. */
export type Rewrite = (text: string) => string;

/** Texts: dictionary-encoded, or plain if most of them are distinct. */
export class Texts implements Values<string> {
  /** The place in the dictionary, by the text as it was added. */
  readonly #places = new Map<string, number>();
  readonly #distinct = new Bytes();
  #indexes = new Uint32Array(1_024);
  #last = '';
  /** The texts in plain encoding. */
  readonly #plain = new Bytes();
  #isPlain = false;
  count = 0;

  /** @param rewrite called once per entry of the dictionary, or for each text without one */
  constructor(private readonly rewrite?: Rewrite) {}

  add(text: string): void {
    if (this.#isPlain) {
      this.#last = this.#stored(text);
      this.#plain.text(this.#last);
    } else {
      this.#indexes = withRoom(this.#indexes, this.count + 1);
      this.#indexes[this.count] = this.#placeOf(text);
    }
    this.count += 1;
    if (!this.#isPlain && this.#places.size > MANY_TEXTS && this.#places.size * 2 > this.count)
      this.#switchToPlain();
  }

  repeat(times: number): void {
    const from = this.count;
    this.count += times;
    if (this.#isPlain) for (let n = 0; n < times; n += 1) this.#plain.text(this.#last);
    else this.#indexes = repeated(this.#indexes, from, this.count);
  }

  encode(page: Bytes): Encoded {
    const kind = { type: physicalType.byteArray, converted: convertedType.utf8 };
    if (this.#isPlain) {
      page.append(this.#plain.written);
      return { ...kind, encoding: encoding.plain, dictionary: undefined };
    }
    writeIndexes(page, this.#indexes.subarray(0, this.count), this.#places.size);
    const dictionary = { values: this.#distinct, count: this.#places.size };
    return { ...kind, encoding: encoding.dictionary, dictionary };
  }

  clear(): void {
    this.#places.clear();
    this.#distinct.clear();
    this.#plain.clear();
    this.count = 0;
  }

  #placeOf(text: string): number {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(text, place);
      this.#distinct.text(this.#stored(text));
    }
    return place;
  }

  #stored(text: string): string {
    return this.rewrite === undefined ? text : this.rewrite(text);
  }

  /** Switches to plain encoding. The column stays plain, since the next rows are alike. */
  #switchToPlain(): void {
    const texts = Array.from(this.#places.keys(), (text) => this.#stored(text));
    for (const place of this.#indexes.subarray(0, this.count)) this.#plain.text(texts[place] ?? '');
    this.#last = texts[this.#indexes[this.count - 1] ?? 0] ?? '';
    this.#isPlain = true;
    this.#places.clear();
    this.#distinct.clear();
  }
}

/** Numbers: INT32 or INT64 if all are whole, else DOUBLE. If all are equal, the dictionary holds the one value. */
export class Numbers implements Values<number> {
  #numbers = new Float64Array(1_024);
  #areWhole = true;
  #least = Infinity;
  #greatest = -Infinity;
  count = 0;

  add(number: number): void {
    this.#numbers = withRoom(this.#numbers, this.count + 1);
    this.#numbers[this.count] = number;
    this.count += 1;
    if (number < this.#least) this.#least = number;
    if (number > this.#greatest) this.#greatest = number;
    if (this.#areWhole && !Number.isSafeInteger(number)) this.#areWhole = false;
  }

  repeat(times: number): void {
    const from = this.count;
    this.count += times;
    this.#numbers = repeated(this.#numbers, from, this.count);
  }

  encode(page: Bytes): Encoded {
    const numbers = this.#numbers.subarray(0, this.count);
    const type = this.#type();
    const kind = { type, converted: this.#unsigned(type) };
    if (this.#least !== this.#greatest) {
      writeNumbers(page, numbers, type);
      return { ...kind, encoding: encoding.plain, dictionary: undefined };
    }
    const values = new Bytes();
    writeNumbers(values, numbers.subarray(0, 1), type);
    page.byte(1);
    writeRun(page, 0, this.count, 1);
    return { ...kind, encoding: encoding.dictionary, dictionary: { values, count: 1 } };
  }

  clear(): void {
    this.count = 0;
    this.#areWhole = true;
    this.#least = Infinity;
    this.#greatest = -Infinity;
  }

  #type() {
    if (!this.#areWhole) return physicalType.double;
    const isShort = this.#least >= -(2 ** 31) && this.#greatest < 2 ** 31;
    return isShort ? physicalType.int32 : physicalType.int64;
  }

  /** The smallest unsigned type for all values: the store can then skip the range check for a column of that type. */
  #unsigned(type: PhysicalType): ConvertedType | undefined {
    if (type === physicalType.double || this.count === 0 || this.#least < 0) return undefined;
    if (type === physicalType.int64) return convertedType.uint64;
    if (this.#greatest < 2 ** 8) return convertedType.uint8;
    return this.#greatest < 2 ** 16 ? convertedType.uint16 : convertedType.uint32;
  }
}

/** Booleans, one bit each. */
export class Truths implements Values<boolean> {
  readonly #truths: boolean[] = [];

  get count(): number {
    return this.#truths.length;
  }

  add(truth: boolean): void {
    this.#truths.push(truth);
  }

  repeat(times: number): void {
    const last = this.#truths.at(-1) ?? false;
    for (let n = 0; n < times; n += 1) this.#truths.push(last);
  }

  encode(page: Bytes): Encoded {
    for (let from = 0; from < this.#truths.length; from += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8; bit += 1) if (this.#truths[from + bit] === true) byte |= 1 << bit;
      page.byte(byte);
    }
    return {
      type: physicalType.boolean,
      converted: undefined,
      encoding: encoding.plain,
      dictionary: undefined,
    };
  }

  clear(): void {
    this.#truths.length = 0;
  }
}

/** Writes dictionary indexes: their bit width, then the hybrid encoding. */
function writeIndexes(page: Bytes, indexes: Uint32Array, distinct: number): void {
  const bits = bitsFor(distinct - 1);
  page.byte(bits);
  writeSmall(page, indexes, bits);
}

/** Writes numbers little-endian, which is the byte order of the platforms that Node supports. */
function writeNumbers(page: Bytes, numbers: Float64Array, type: PhysicalType): void {
  const array =
    type === physicalType.double
      ? numbers
      : type === physicalType.int32
        ? Int32Array.from(numbers)
        : BigInt64Array.from(numbers, BigInt);
  page.append(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

/** The array, or a larger copy of it, with room for `count` values. */
function withRoom<T extends Uint32Array | Float64Array>(array: T, count: number): T {
  if (count <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(count * 2);
  larger.set(array);
  return larger;
}

/** The array, or a larger copy of it, with the value before `from` repeated up to `to`. */
function repeated<T extends Uint32Array | Float64Array>(array: T, from: number, to: number): T {
  const larger = withRoom(array, to);
  larger.fill(larger[from - 1] ?? 0, from, to);
  return larger;
}
