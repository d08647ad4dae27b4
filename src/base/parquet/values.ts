/** The values of one column, without its nulls, as they are written into a page. */
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

/** How the values stand in their pages. */
export interface Encoded {
  type: PhysicalType;
  /** What the type stands for; undefined where it stands for itself. */
  converted: ConvertedType | undefined;
  encoding: Encoding;
  /** The distinct values, where the page names them by their place. */
  dictionary: { values: Bytes; count: number } | undefined;
}

/** Collects values of one kind; `T` is what a row holds. */
export interface Values<T> {
  readonly count: number;
  add(value: T): void;
  /** Adds the last one so many times more. */
  repeat(times: number): void;
  /** Writes all of them behind what is there. */
  encode(page: Bytes): Encoded;
  /** Forgets them, but not the memory they took. */
  clear(): void;
}

/** Distinct texts from which on it is asked whether naming them by their place still pays. */
const MANY_TEXTS = 1_000;

/** Texts: named by their place in a dictionary, or as they are where nearly each is another. */
export class Texts implements Values<string> {
  readonly #places = new Map<string, number>();
  readonly #distinct = new Bytes();
  #indexes = new Uint32Array(1_024);
  #last = '';
  /** The texts one behind the other, where no dictionary pays. */
  readonly #plain = new Bytes();
  #isPlain = false;
  count = 0;

  add(text: string): void {
    this.#last = text;
    if (this.#isPlain) this.#plain.text(text);
    else {
      this.#indexes = withRoom(this.#indexes, this.count + 1);
      this.#indexes[this.count] = this.#placeOf(text);
    }
    this.count += 1;
    if (!this.#isPlain && this.#places.size > MANY_TEXTS && this.#places.size * 2 > this.count) this.#spell();
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
      this.#distinct.text(text);
    }
    return place;
  }

  /** Goes over to texts as they are. A column stays so: the next rows are of the same kind. */
  #spell(): void {
    const texts = [...this.#places.keys()];
    for (const place of this.#indexes.subarray(0, this.count)) this.#plain.text(texts[place] ?? '');
    this.#isPlain = true;
    this.#places.clear();
    this.#distinct.clear();
  }
}

/** Numbers: of 32 or 64 bits where all are whole, else floating. The same one everywhere stands there once. */
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

  /** The smallest unsigned type that holds them: a reader need not look whether they fit a column of that type. */
  #unsigned(type: PhysicalType): ConvertedType | undefined {
    if (type === physicalType.double || this.count === 0 || this.#least < 0) return undefined;
    if (type === physicalType.int64) return convertedType.uint64;
    if (this.#greatest < 2 ** 8) return convertedType.uint8;
    return this.#greatest < 2 ** 16 ? convertedType.uint16 : convertedType.uint32;
  }
}

/** Yes or no, a bit each. */
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

/** The bits that a place takes, and the places. */
function writeIndexes(page: Bytes, indexes: Uint32Array, distinct: number): void {
  const bits = bitsFor(distinct - 1);
  page.byte(bits);
  writeSmall(page, indexes, bits);
}

/** Little-endian, as the machines that Node runs on keep them. */
function writeNumbers(page: Bytes, numbers: Float64Array, type: PhysicalType): void {
  const array =
    type === physicalType.double
      ? numbers
      : type === physicalType.int32
        ? Int32Array.from(numbers)
        : BigInt64Array.from(numbers, BigInt);
  page.append(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
}

/** The array, or a larger one of the same values, for so many. */
function withRoom<T extends Uint32Array | Float64Array>(array: T, count: number): T {
  if (count <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(count * 2);
  larger.set(array);
  return larger;
}

/** The array, or a larger one, that has what stands before `from` again up to `to`. */
function repeated<T extends Uint32Array | Float64Array>(array: T, from: number, to: number): T {
  const larger = withRoom(array, to);
  larger.fill(larger[from - 1] ?? 0, from, to);
  return larger;
}
