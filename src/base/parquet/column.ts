/** Collects the values of one column and writes its Parquet pages and metadata. */
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
import { Numbers, Texts, Truths, type Rewrite, type Values } from './values.js';

/** A written column, as the footer describes it. */
export interface WrittenColumn {
  /** Its schema elements: one, or three for a list. */
  schema: Fields[];
  chunk: ThriftValue;
}

/** How the texts of a column are rewritten before they are stored. */
export interface Rewriting {
  text: Rewrite;
  list: (items: readonly unknown[]) => readonly unknown[];
}

const makers = {
  string: (rewriting: Rewriting | undefined) => new Texts(rewriting?.text),
  number: () => new Numbers(),
  boolean: () => new Truths(),
  list: () => new Texts(),
};

type Kind = keyof typeof makers;

/** A value that a column can hold, or an item of a list. */
type Cell = string | number | boolean;

/** Differs from every value of a row. */
const NOTHING = Symbol();

/**
 * One column of a table: texts, numbers, booleans or lists of texts; its first value decides which. A missing value and
 * a number that JSON does not have (NaN, Infinity) are null.
 */
export class Column {
  #kind: Kind | undefined;
  #values: Values<Cell> = new Numbers();
  /** Definition levels: 1 for a value, 0 for a null; in a list column 1 per item, and one 0 for an empty list. */
  readonly #definitionLevels = new Flags();
  /** Repetition levels of a list column: 1 if the entry continues the list before it, 0 if it begins a new one. */
  readonly #repetitionLevels = new Flags();
  readonly #page = new Bytes();
  /** The last value, unless it is a list, and how often it repeated since: most columns have long runs of one value. */
  #last: unknown = NOTHING;
  #again = 0;

  /** @param before number of rows before the first one with this column */
  constructor(
    readonly name: string,
    before = 0,
    private readonly rewriting?: Rewriting,
  ) {
    this.#definitionLevels.add(0, before);
  }

  /** Whether any row, of this file or an earlier one, had a value. */
  get hasValues(): boolean {
    return this.#kind !== undefined;
  }

  /** @throws {TypeError} for a value of an unsupported type, or of another type than the values before it */
  add(value: unknown): void {
    if (value === this.#last) this.#again += 1;
    else this.#addOther(value);
  }

  /** Appends the column's pages to `out`. */
  write(out: Bytes): WrittenColumn {
    this.#settle();
    const page = this.#page;
    page.clear();
    const isList = this.#kind === 'list';
    const isWhole = !isList && this.#definitionLevels.areAll(1);
    if (isList) this.#repetitionLevels.write(page);
    if (!isWhole) this.#definitionLevels.write(page);
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
    const entries = this.#definitionLevels.count;
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

  /** Clears the rows, for the next file. */
  clear(): void {
    this.#values.clear();
    this.#definitionLevels.clear();
    this.#repetitionLevels.clear();
    this.#last = NOTHING;
    this.#again = 0;
  }

  #addOther(value: unknown): void {
    this.#settle();
    this.#last = NOTHING;
    if (Array.isArray(value)) {
      this.#addList(this.rewriting?.list(value) ?? value);
      return;
    }
    if (isNull(value)) this.#addNull();
    else if (isCell(value)) {
      if (typeof value !== this.#kind) this.#begin(typeof value);
      this.#definitionLevels.add(1);
      this.#values.add(value);
    } else throw this.#error(`it cannot hold a value of the type ${typeof value}`);
    this.#last = value;
  }

  /** Adds the pending repetitions of the last value. */
  #settle(): void {
    const times = this.#again;
    if (times === 0) return;
    this.#again = 0;
    if (isNull(this.#last)) this.#definitionLevels.add(0, times);
    else {
      this.#definitionLevels.add(1, times);
      this.#values.repeat(times);
    }
  }

  #addNull(): void {
    if (this.#kind === 'list') throw this.#error('a list cannot be null');
    this.#definitionLevels.add(0);
  }

  #addList(items: readonly unknown[]): void {
    if (this.#kind !== 'list') this.#begin('list');
    if (items.length === 0) {
      this.#definitionLevels.add(0);
      this.#repetitionLevels.add(0);
    }
    for (const [place, item] of items.entries()) {
      if (typeof item !== 'string') throw this.#error('a list holds texts alone');
      this.#definitionLevels.add(1);
      this.#repetitionLevels.add(place === 0 ? 0 : 1);
      this.#values.add(item);
    }
  }

  #begin(kind: string): void {
    if (this.#kind !== undefined) throw this.#error(`it holds ${this.#kind}s, not a ${kind}`);
    if (!isKind(kind)) throw this.#error(`it cannot hold a value of the type ${kind}`);
    if (kind === 'list' && this.#definitionLevels.count > 0) throw this.#error('a list cannot be null');
    this.#kind = kind;
    this.#values = makers[kind](this.rewriting);
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

function isCell(value: unknown): value is Cell {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Names of the two groups of Parquet's LIST structure, around the items. */
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

/** Writes a page and its header. */
function writePage(out: Bytes, type: number, content: Uint8Array, header: Fields[number]): void {
  writeStruct(out, [[1, i32(type)], [2, i32(content.length)], [3, i32(content.length)], header]);
  out.append(content);
}
