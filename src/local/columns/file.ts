/**
 * Files whose columns can go to the engine as they are. A value may go that way only where the reader of JSON rows
 * (check.ts) would take the very same value: the engine's own conversions wrap numbers around, fill nulls in and cut
 * texts without a word. What this module does not know is left to that reader, row by row.
 */
import type { Column } from '../datafile/types.js';
import { quoteIdentifier } from '../sql/quote.js';
import { isNullable, parseType, valueType, type TypeNode } from './type.js';

/** A column of a file, with the ClickHouse type that the engine reads it as. */
export interface FileColumn {
  name: string;
  type: string;
}

/** How a file's columns become a table's. */
export interface FilePlan {
  /** Which column of the file fills which of the table, both quoted. */
  columns: { from: string; to: string }[];
  /** Conditions in SQL. A row for which one holds has a value that the reader of rows must judge. */
  doubts: string[];
}

/** The plan for a file; undefined where its rows must be judged one by one, whatever their values. */
export function planFile(table: readonly Column[], file: readonly FileColumn[]): FilePlan | undefined {
  const given = new Map(file.map(({ name, type }) => [name, parseType(type)]));
  const plan: FilePlan = { columns: [], doubts: [] };
  const texts: string[] = [];
  for (const { name, type, jsonPath, defaultExpression } of table) {
    if (jsonPath === undefined) continue;
    const to = parseType(type);
    const key = plainKey(jsonPath, to);
    if (key === undefined) return undefined;
    const from = given.get(key);
    const mayLack = defaultExpression !== undefined || isNullable(to);
    if (from === undefined) {
      if (!mayLack) return undefined;
      continue;
    }
    const column = quoteIdentifier(key);
    plan.columns.push({ from: column, to: quoteIdentifier(name) });
    if (withoutNull(from).name === 'String' && withoutNull(to).name === 'String') {
      texts.push(isNullable(from) ? `ifNull(${column}, '')` : column);
      if (isNullable(from) && !mayLack) plan.doubts.push(`isNull(${column})`);
      continue;
    }
    const doubts = doubtsAbout(column, from, to, mayLack);
    if (doubts === undefined) return undefined;
    plan.doubts.push(...doubts);
  }
  // One look at all of a row's texts: to plan one for each takes the engine longer than to look. A blank between two
  // of them keeps what is broken in one from being mended by the next.
  if (texts.length > 0)
    plan.doubts.push(`NOT isValidUTF8(concatWithSeparator(' ', ${texts.join(', ')}, ''))`);
  return plan.columns.length > 0 ? plan : undefined;
}

/** The key of a path `$.key`, or of `$.key[:]` for an array. */
function plainKey(path: string, type: TypeNode): string | undefined {
  const [, key, each] = /^\$\.([^.[\]"]+)(\[:\])?$/.exec(path) ?? [];
  return each !== undefined && valueType(type).name !== 'Array' ? undefined : key;
}

/** When a value does not fit; undefined where that cannot be said of the two types. */
function doubtsAbout(value: string, from: TypeNode, to: TypeNode, takesNull: boolean): string[] | undefined {
  const doubts = plainDoubts(value, withoutNull(from), withoutNull(to));
  if (!isNullable(from)) return doubts;
  // A comparison with null is null, neither true nor false: a row would be lost.
  const known = doubts?.map((doubt) => `ifNull(${doubt}, 0)`);
  return takesNull ? known : known?.concat(`isNull(${value})`);
}

function withoutNull(type: TypeNode): TypeNode {
  const plain = valueType(type);
  return plain.name === 'Nullable' ? (plain.args[0]?.type ?? plain) : plain;
}

function plainDoubts(value: string, from: TypeNode, to: TypeNode): string[] | undefined {
  switch (to.name) {
    case 'String':
      return from.name === 'String' ? [`NOT isValidUTF8(${value})`] : undefined;
    case 'Bool':
      return from.name === 'Bool' ? [] : undefined;
    case 'Float32':
    case 'Float64':
      if (integerRange(from) !== undefined) return [];
      return /^Float(32|64)$/.test(from.name) ? [`NOT isFinite(${value})`] : undefined;
    case 'DateTime':
    case 'DateTime64':
      return timeDoubts(value, from, to);
    case 'Array':
      return from.name === 'Array' ? itemDoubts(value, from.args[0], to.args[0]) : undefined;
    case 'Map': {
      if (from.name !== 'Map') return undefined;
      const keys = itemDoubts(`mapKeys(${value})`, from.args[0], to.args[0]);
      const values = itemDoubts(`mapValues(${value})`, from.args[1], to.args[1]);
      return keys && values && [...keys, ...values];
    }
    default:
      return integerDoubts(value, from, to);
  }
}

/** Of lists of plain values only. */
function itemDoubts(
  list: string,
  from: { type: TypeNode } | undefined,
  to: { type: TypeNode } | undefined,
): string[] | undefined {
  if (from === undefined || to === undefined || /^(Array|Map)$/.test(from.type.name)) return undefined;
  return doubtsAbout('item', from.type, to.type, isNullable(to.type))?.map(
    (doubt) => `arrayExists(item -> ${doubt}, ${list})`,
  );
}

/** The smallest and the largest value of an integer type of at most 64 bits. */
function integerRange({ name }: TypeNode): readonly [low: bigint, high: bigint] | undefined {
  const [, unsigned, bits] = /^(U?)Int(8|16|32|64)$/.exec(name) ?? [];
  if (bits === undefined) return undefined;
  const size = BigInt(bits);
  return unsigned === 'U' ? [0n, 2n ** size - 1n] : [-(2n ** (size - 1n)), 2n ** (size - 1n) - 1n];
}

function integerDoubts(value: string, from: TypeNode, to: TypeNode): string[] | undefined {
  const given = integerRange(from);
  const taken = integerRange(to);
  if (given === undefined || taken === undefined) return undefined;
  return [
    ...(given[0] < taken[0] ? [`${value} < ${taken[0]}`] : []),
    ...(given[1] > taken[1] ? [`${value} > ${taken[1]}`] : []),
  ];
}

/** Milliseconds since 1970 that the two types take, as check.ts has them: from the first to before the last. */
const times = new Map([
  ['DateTime', [0, 2 ** 32 * 1000]],
  ['DateTime64', [Date.UTC(1900, 0), Date.UTC(2300, 0)]],
]);

function timeDoubts(value: string, from: TypeNode, to: TypeNode): string[] | undefined {
  const [first = 0, last = 0] = times.get(to.name) ?? [];
  const outside = (time: string) => {
    const millis = `toUnixTimestamp64Milli(${time})`;
    return [`${millis} < ${first}`, `${millis} >= ${last}`];
  };
  if (from.name === 'DateTime64') return outside(value);
  if (from.name !== 'String') return undefined;
  // A text goes as it is where the engine writes the time that it reads there with the same letters.
  const precision = to.name === 'DateTime64' ? Number(to.args[0]?.text) : 0;
  const time = `toDateTime64OrNull(${value}, ${precision}, 'UTC')`;
  return [`ifNull(toString(${time}) != ${value}, 1)`, ...outside(time).map((doubt) => `ifNull(${doubt}, 0)`)];
}
