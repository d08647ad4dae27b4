import { Bytes } from './bytes.js';
import {
  convertedType,
  encoding,
  pageType,
  repetition,
  uncompressed,
  type ConvertedType,
  type PhysicalType,
} from './format.js';
import { Flags } from './levels.js';
import { i32, i64, list, struct, text, writeStruct, type Fields, type ThriftValue } from './thrift.js';
import { Numbers, Texts, Truths, type Values } from './values.js';

/** A column as the footer tells of it. */
export interface WrittenColumn {
  /** Its elements of the schema: one, or three for a list. */
  schema: Fields[];
  chunk: ThriftValue;
}

const makers = {
  string: () => new Texts(),
  number: () => new Numbers(),
  boolean: () => new Truths(),
  list: () => new Texts(),
};

type Kind = keyof typeof makers;

/** No row's value. */
const NOTHING = Symbol();

/**
 * One column of a table: texts, numbers, truth values, or lists of texts. Which one, its first value says. A null, a
 * value that is absent, and a number that JSON does not know (NaN, Infinity) are null.
 */
export class Column {
  #kind: Kind | undefined;
  #values: Values<never> = new Numbers();
  /** For each row, whether it has a value; for lists, an entry for each item, and for a list that has none. */
  readonly #present = new Flags();
  /** For each entry of a list, whether it goes on with the list before it. */
  readonly #goesOn = new Flags();
  readonly #page = new Bytes();
  /** The last value, unless it is a list, and how often it came again: most columns say the same for many rows. */
  #last: unknown = NOTHING;
  #again = 0;

  /** @param before rows that came before the first one that has this column */
  constructor(
    readonly name: string,
    before = 0,
  ) {
    this.#present.add(0, before);
  }

  /** Whether any row had a value, now or before. */
  get hasValues(): boolean {
    return this.#kind !== undefined;
  }

  /** Throws a TypeError for a value that is none of these, or of another kind than those before it. */
  add(value: unknown): void {
    if (value === this.#last) this.#again += 1;
    else this.#addOther(value);
  }

  /** Writes the column's pages behind what is there. */
  write(out: Bytes): WrittenColumn {
    this.#settle();
    const page = this.#page;
    page.clear();
    const isList = this.#kind === 'list';
    const isWhole = !isList && this.#present.areAll(1);
    if (isList) this.#goesOn.write(page);
    if (!isWhole) this.#present.write(page);
    const { type, converted, encoding: used, dictionary } = this.#values.encode(page);

    const from = out.length;
    if (dictionary !== undefined)
      writePage(out, pageType.dictionary, dictionary.values.written, [
        7,
        struct([
          [1, i32(dictionary.count)],
          [2, i32(encoding.plain)],
        ]),
      ]);
    const dataFrom = out.length;
    const entries = this.#present.count;
    writePage(out, pageType.data, page.written, [
      5,
      struct([
        [1, i32(entries)],
        [2, i32(used)],
        [3, i32(encoding.rle)],
        [4, i32(encoding.rle)],
      ]),
    ]);
    const bytes = out.length - from;
    const meta: Fields = [
      [1, i32(type)],
      [2, list('i32', [...new Set([encoding.plain, encoding.rle, used])].map(i32))],
      [3, list('text', (isList ? [this.name, ...insideList] : [this.name]).map(text))],
      [4, i32(uncompressed)],
      [5, i64(entries)],
      [6, i64(bytes)],
      [7, i64(bytes)],
      [9, i64(dataFrom)],
      ...(dictionary === undefined ? [] : [[11, i64(from)] as const]),
    ];
    return {
      schema: isList ? listSchema(this.name, type, converted) : [leaf(this.name, type, converted, isWhole)],
      chunk: struct([
        [2, i64(from)],
        [3, struct(meta)],
      ]),
    };
  }

  /** Forgets its rows, for the next table's. */
  clear(): void {
    this.#values.clear();
    this.#present.clear();
    this.#goesOn.clear();
    this.#last = NOTHING;
    this.#again = 0;
  }

  #addOther(value: unknown): void {
    this.#settle();
    this.#last = NOTHING;
    if (Array.isArray(value)) {
      this.#addList(value);
      return;
    }
    if (isNull(value)) this.#addNull();
    else {
      if (typeof value !== this.#kind) this.#begin(typeof value);
      this.#present.add(1);
      this.#values.add(value as never);
    }
    this.#last = value;
  }

  /** Adds the last value as often as it came again. */
  #settle(): void {
    const times = this.#again;
    if (times === 0) return;
    this.#again = 0;
    if (isNull(this.#last)) this.#present.add(0, times);
    else {
      this.#present.add(1, times);
      this.#values.repeat(times);
    }
  }

  #addNull(): void {
    if (this.#kind === 'list') throw this.#error('a list cannot be null');
    this.#present.add(0);
  }

  #addList(items: readonly unknown[]): void {
    if (this.#kind !== 'list') this.#begin('list');
    if (items.length === 0) {
      this.#present.add(0);
      this.#goesOn.add(0);
    }
    for (const [place, item] of items.entries()) {
      if (typeof item !== 'string') throw this.#error('a list holds texts alone');
      this.#present.add(1);
      this.#goesOn.add(place === 0 ? 0 : 1);
      this.#values.add(item as never);
    }
  }

  #begin(kind: string): void {
    if (this.#kind !== undefined) throw this.#error(`it holds ${this.#kind}s, not a ${kind}`);
    if (!isKind(kind)) throw this.#error(`it cannot hold a value of the type ${kind}`);
    if (kind === 'list' && this.#present.count > 0) throw this.#error('a list cannot be null');
    this.#kind = kind;
    this.#values = makers[kind]();
  }

  #error(what: string): TypeError {
    return new TypeError(`Column "${this.name}": ${what}`);
  }
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined || (typeof value === 'number' && !Number.isFinite(value));
}

function isKind(kind: string): kind is Kind {
  return Object.hasOwn(makers, kind);
}

/** A list's items lie below two groups of these names. */
const insideList = ['list', 'element'];

function listSchema(name: string, type: PhysicalType, converted: ConvertedType | undefined): Fields[] {
  const [group = '', item = ''] = insideList;
  return [
    [
      [3, i32(repetition.required)],
      [4, text(name)],
      [5, i32(1)],
      [6, i32(convertedType.list)],
    ],
    [
      [3, i32(repetition.repeated)],
      [4, text(group)],
      [5, i32(1)],
    ],
    leaf(item, type, converted, true),
  ];
}

function leaf(
  name: string,
  type: PhysicalType,
  converted: ConvertedType | undefined,
  isWhole: boolean,
): Fields {
  return [
    [1, i32(type)],
    [3, i32(isWhole ? repetition.required : repetition.optional)],
    [4, text(name)],
    ...(converted === undefined ? [] : [[6, i32(converted)] as const]),
  ];
}

/** A page with its header. */
function writePage(out: Bytes, type: number, content: Uint8Array, header: Fields[number]): void {
  writeStruct(out, [[1, i32(type)], [2, i32(content.length)], [3, i32(content.length)], header]);
  out.append(content);
}
