/**
 * Rows that can go to the engine as they were sent. Nearly all can: a walk over a row's bytes tells it at a tenth of
 * what parsing it and writing it again costs.
 *
 * It says yes only where reading the row (row.ts) would give the very same values: a flat object without spaces,
 * every key a column and there once, every value of its column's type and plainly so. Whatever is rare (a space,
 * a `\u`, a letter that is not ASCII, a number with an exponent, 29 February) is left for the reader to judge.
 */
import type { Column } from '../datafile/types.js';
import { isNullable, parseType, valueType, type TypeNode } from './type.js';

/** Whether the row that stands between two places of the body may go to the engine as it is. */
export type RowScan = (body: Uint8Array, from: number, to: number) => boolean;

/** Reads the value that begins there. Returns the place behind it, or `no`. */
type ValueScan = (body: Uint8Array, at: number) => number;

interface ScanPlan {
  /** The key with its quotes and its colon. */
  key: Uint8Array;
  value: ValueScan;
  isNullable: boolean;
  isRequired: boolean;
}

const no = -1;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const SPACE = 0x20;
const DEL = 0x7f;
const LETTER_T = 0x54;
const LETTER_Z = 0x5a;
const LETTER_N = 0x6e;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

/** Compiles the scan for a table's rows. Columns whose values it does not know make it say no where they occur. */
export function compileRowScan(columns: readonly Column[]): RowScan {
  const given = columns.filter(({ jsonPath }) => jsonPath !== undefined);
  const isFlat = given.every(({ name, jsonPath, type }) =>
    parseType(type).name === 'Array'
      ? jsonPath === `$.${name}[:]` || jsonPath === `$.${name}`
      : jsonPath === `$.${name}`,
  );
  if (!isFlat) return () => false;
  const plans = given.map((column): ScanPlan => {
    const type = parseType(column.type);
    const nullable = isNullable(type);
    return {
      key: Buffer.from(`"${column.name}":`),
      value: valueScan(nullable ? (valueType(type).args[0]?.type ?? type) : type),
      isNullable: nullable,
      isRequired: !nullable && column.defaultExpression === undefined,
    };
  });
  return rowScan(plans);
}

function rowScan(plans: readonly ScanPlan[]): RowScan {
  const required = plans.filter(({ isRequired }) => isRequired).length;
  /** By column: the row in which it was last met. */
  const metIn = new Float64Array(plans.length);
  let row = 0;

  return (body, from, to) => {
    row += 1;
    let missing = required;
    let expected = 0;
    let at = from;
    if (body[at] !== OPEN_OBJECT) return false;
    do {
      at += 1;
      // Senders keep to one order: the column behind the last one is nearly always the next.
      let column = expected;
      if (!standsAt(body, at, plans[column]?.key)) {
        column = plans.findIndex(({ key }) => standsAt(body, at, key));
        if (column < 0) return false;
      }
      const plan = plans[column];
      if (plan === undefined || metIn[column] === row) return false;
      metIn[column] = row;
      expected = column + 1;
      if (plan.isRequired) missing -= 1;
      at += plan.key.length;
      at = plan.isNullable && body[at] === LETTER_N ? afterNull(body, at) : plan.value(body, at);
      if (at === no || at >= to) return false;
    } while (body[at] === COMMA);
    return missing === 0 && body[at] === CLOSE_OBJECT && at + 1 === to;
  };
}

function standsAt(body: Uint8Array, at: number, key: Uint8Array | undefined): boolean {
  if (key === undefined) return false;
  // From the end: columns differ there, if only in where the quote stands.
  for (let n = key.length - 1; n >= 0; n -= 1) if (body[at + n] !== key[n]) return false;
  return true;
}

function afterNull(body: Uint8Array, at: number): number {
  return body[at + 1] === 0x75 && body[at + 2] === 0x6c && body[at + 3] === 0x6c ? at + 4 : no;
}

function valueScan(type: TypeNode): ValueScan {
  const { name, args } = valueType(type);
  const integer = /^(U?)Int(8|16|32|64)$/.exec(name);
  if (integer?.[2] !== undefined) return integerScan(Number(integer[2]), integer[1] !== 'U');
  switch (name) {
    case 'String':
      return textScan;
    case 'Float64':
      return floatScan;
    case 'DateTime':
    case 'DateTime64':
      return timeScan;
    case 'Array':
      return args[0] !== undefined && valueType(args[0].type).name === 'String' ? textsScan : () => no;
    default:
      return () => no;
  }
}

/** A text of ASCII without control characters. */
const textScan: ValueScan = (body, from) => {
  if (body[from] !== QUOTE) return no;
  for (let at = from + 1; ; at += 1) {
    const char = body[at];
    if (char === QUOTE) return at + 1;
    if (char === undefined || char < SPACE || char >= DEL) return no;
    if (char === BACKSLASH) {
      at += 1;
      if (!isShortEscape(body[at])) return no;
    }
  }
};

function isShortEscape(char: number | undefined): boolean {
  // " \ / b f n r t
  return (
    char === QUOTE ||
    char === BACKSLASH ||
    char === 0x2f ||
    char === 0x62 ||
    char === 0x66 ||
    char === LETTER_N ||
    char === 0x72 ||
    char === 0x74
  );
}

const textsScan: ValueScan = (body, from) => {
  if (body[from] !== OPEN_LIST) return no;
  if (body[from + 1] === CLOSE_LIST) return from + 2;
  let at = from;
  do {
    at = textScan(body, at + 1);
    if (at === no) return no;
  } while (body[at] === COMMA);
  return body[at] === CLOSE_LIST ? at + 1 : no;
};

/** The longest row of digits that a number holds exactly, whatever they are. */
const MOST_DIGITS = 15;

function integerScan(bits: number, isSigned: boolean): ValueScan {
  const low = isSigned ? -(2 ** (bits - 1)) : 0;
  const high = 2 ** (isSigned ? bits - 1 : bits) - 1;
  return (body, from) => {
    const isNegative = body[from] === MINUS;
    const first = isNegative ? from + 1 : from;
    const end = afterDigits(body, first);
    if (end === first || end - first > MOST_DIGITS) return no;
    if (body[first] === ZERO && (isNegative || end - first > 1)) return no;
    let value = 0;
    for (let at = first; at < end; at += 1) value = value * 10 + (body[at] ?? 0) - ZERO;
    if (isNegative) value = -value;
    return value >= low && value <= high ? end : no;
  };
}

const floatScan: ValueScan = (body, from) => {
  const first = body[from] === MINUS ? from + 1 : from;
  const point = afterDigits(body, first);
  if (point === first || (body[first] === ZERO && point - first > 1)) return no;
  if (body[point] !== DOT) return point - from <= MOST_DIGITS ? point : no;
  const end = afterDigits(body, point + 1);
  return end > point + 1 && end - from <= MOST_DIGITS ? end : no;
};

function afterDigits(body: Uint8Array, from: number): number {
  let at = from;
  for (let char = body[at] ?? 0; char >= ZERO && char <= ZERO + 9; char = body[at] ?? 0) at += 1;
  return at;
}

const daysIn = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** `YYYY-MM-DD HH:MM:SS` of 1971 to 2099, with a `T` or a fraction or a `Z` if need be. */
const timeScan: ValueScan = (body, from) => {
  if (body[from] !== QUOTE) return no;
  const at = from + 1;
  const year = two(body, at) * 100 + two(body, at + 2);
  const day = two(body, at + 8);
  const between = body[at + 10];
  const isTime =
    year > 1970 &&
    year < 2100 &&
    body[at + 4] === MINUS &&
    body[at + 7] === MINUS &&
    day > 0 &&
    day <= (daysIn[two(body, at + 5)] ?? 0) &&
    (between === SPACE || between === LETTER_T) &&
    two(body, at + 11) < 24 &&
    body[at + 13] === COLON &&
    two(body, at + 14) < 60 &&
    body[at + 16] === COLON &&
    two(body, at + 17) < 60;
  if (!isTime) return no;
  let end = at + 19;
  if (body[end] === DOT) {
    const fraction = end + 1;
    end = afterDigits(body, fraction);
    if (end === fraction || end - fraction > 9) return no;
  }
  if (body[end] === LETTER_Z) end += 1;
  return body[end] === QUOTE ? end + 1 : no;
};

/** The number that two digits spell; NaN for anything else, which is neither more nor less than any number. */
function two(body: Uint8Array, at: number): number {
  const tens = (body[at] ?? 0) - ZERO;
  const ones = (body[at + 1] ?? 0) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}
