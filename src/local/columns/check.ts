/** Checks and converts one JSON value for one ClickHouse type. */
import { isObject } from '../../base/json/json.js';
import { isIPv4, isIPv6 } from 'node:net';
import { formatMillis, isDate, readDateTime } from './date.js';
import { MOST_DIGITS, writeJson } from './json.js';
import { parseType, valueType, type TypeNode } from './type.js';

/** Returned for a value that does not fit the type. */
export const invalid = Symbol('invalid');

/** Returns the value as it is sent to the engine, or `invalid`. Null is handled before a check is called. */
export type Check = (value: unknown) => unknown;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const integerText = /^[+-]?\d+$/;
/** Upper limit of DateTime, in seconds since 1970. */
const lastDateTime = 2 ** 32 - 1;
const firstDateTime64 = Date.UTC(1900, 0, 1) / 1000;
const lastDateTime64 = Date.UTC(2299, 11, 31, 23, 59, 59) / 1000;

/**
 * Returns the check for one type. The engine would silently repair bad input (an overflow wraps around, a null becomes
 * the default), so every value is checked here first, by its JSON type.
 */
export function compileCheck(type: TypeNode): Check {
  const plainType = valueType(type);
  const { name, args } = plainType;
  const shape = shapes.get(name);
  if (shape !== undefined) return compileCheck(parseType(shape));
  const integer = /^(U?)Int(8|16|32|64|128|256)$/.exec(name);
  if (integer?.[2] !== undefined) return integerCheck(Number(integer[2]), integer[1] !== 'U');
  switch (name) {
    case 'Nullable':
      return nullableCheck(args[0]?.type);
    case 'Array':
      return arrayCheck(args[0]?.type);
    case 'Map':
      return mapCheck(args[0]?.type, args[1]?.type);
    case 'Tuple':
      return tupleCheck(plainType);
    case 'String':
      return stringCheck;
    case 'FixedString':
      return fixedStringCheck(Number(args[0]?.text));
    case 'Float32':
    case 'BFloat16':
      return (value) => (Number.isFinite(Math.fround(Number(value))) ? floatCheck(value) : invalid);
    case 'Float64':
      return floatCheck;
    case 'Decimal':
      return decimalCheck(Number(args[0]?.text ?? 10), Number(args[1]?.text ?? 0));
    case 'Decimal32':
    case 'Decimal64':
    case 'Decimal128':
    case 'Decimal256':
      return decimalCheck(decimalDigits.get(name) ?? 0, Number(args[0]?.text ?? 0));
    case 'Bool':
      return (value) => (value === true || value === false ? value : invalid);
    case 'UUID':
      return textCheck((text) => uuid.test(text));
    case 'IPv4':
      return textCheck(isIPv4);
    case 'IPv6':
      return textCheck((text) => isIPv6(text) || isIPv4(text));
    case 'Date':
      return textCheck((text) => isDate(text, '1970-01-01', '2149-06-06'));
    case 'Date32':
      return textCheck((text) => isDate(text, '1900-01-01', '2299-12-31'));
    case 'DateTime':
    case 'DateTime32':
      return dateTimeCheck;
    case 'DateTime64':
      return dateTime64Check;
    case 'Enum8':
    case 'Enum16':
    case 'Enum':
      return enumCheck(plainType.text);
    case 'JSON':
    case 'Object':
      return (value) => (isObject(value) ? value : invalid);
    case 'Dynamic':
    case 'Variant':
      return (value) => value;
    default:
      return () => invalid;
  }
}

/** The types of geometry, which are names for others. */
const shapes = new Map([
  ['Point', 'Tuple(Float64, Float64)'],
  ['Ring', 'Array(Point)'],
  ['LineString', 'Array(Point)'],
  ['Polygon', 'Array(Ring)'],
  ['MultiLineString', 'Array(LineString)'],
  ['MultiPolygon', 'Array(Polygon)'],
]);

const decimalDigits = new Map([
  ['Decimal32', 9],
  ['Decimal64', 18],
  ['Decimal128', 38],
  ['Decimal256', 76],
]);

function textCheck(isValid: (text: string) => boolean): Check {
  return (value) => (typeof value === 'string' && isValid(value) ? value : invalid);
}

/**
 * Strings are accepted only for types of 64 bits and more, because the SDK sends bigint as a string. Smaller integers
 * must be JSON numbers.
 */
function integerCheck(bits: number, isSigned: boolean): Check {
  if (bits <= 32) {
    const low = isSigned ? -(2 ** (bits - 1)) : 0;
    const high = 2 ** (isSigned ? bits - 1 : bits) - 1;
    return (value) =>
      typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high ? value : invalid;
  }
  const low = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const high = 2n ** BigInt(isSigned ? bits - 1 : bits) - 1n;
  return (value) => {
    if (typeof value === 'number') {
      if (!Number.isInteger(value) || (!isSigned && value < 0)) return invalid;
      // Numbers above 2^53 come as bigint unless they were written with an exponent.
      return Number.isSafeInteger(value) ? value : invalid;
    }
    if (typeof value === 'string' && !integerText.test(value)) return invalid;
    if (typeof value !== 'string' && typeof value !== 'bigint') return invalid;
    // No type holds more digits, and parsing a longer text takes ever more time.
    if (typeof value === 'string' && value.length > MOST_DIGITS) return invalid;
    const number = BigInt(typeof value === 'string' ? value.replace(/^\+/, '') : value);
    return number >= low && number <= high ? number.toString() : invalid;
  };
}

const floatCheck: Check = (value) => {
  const number = typeof value === 'bigint' ? Number(value) : value;
  // JSON has no infinity: a larger number would be written as null.
  return Number.isFinite(number) ? number : invalid;
};

function decimalCheck(precision: number, scale: number): Check {
  return (value) => {
    const text =
      typeof value === 'string'
        ? value
        : typeof value === 'number' || typeof value === 'bigint'
          ? String(value)
          : '';
    const [, whole] = /^[+-]?0*(\d*)(?:\.\d*)?$/.exec(text) ?? [];
    if (whole === undefined || !/\d/.test(text) || whole.length > precision - scale) return invalid;
    return text;
  };
}

const stringCheck: Check = (value) => {
  if (typeof value !== 'string') return writeJson(value);
  return value.isWellFormed() ? value : invalid;
};

function fixedStringCheck(length: number): Check {
  return textCheck((text) => text.isWellFormed() && Buffer.byteLength(text) <= length);
}

const dateTimeCheck: Check = (value) => {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= 0 && value <= lastDateTime
      ? formatMillis(value * 1000, false)
      : invalid;
  }
  const seconds = typeof value === 'string' ? readDateTime(value) : undefined;
  return seconds !== undefined && seconds >= 0 && seconds <= lastDateTime ? value : invalid;
};

/** A number is seconds since 1970, or milliseconds from 10^11 on (in seconds, that would be the year 5138). */
const dateTime64Check: Check = (value) => {
  if (typeof value === 'number') {
    const millis = Math.abs(value) < 1e11 ? value * 1000 : value;
    const isInRange = millis / 1000 >= firstDateTime64 && millis / 1000 <= lastDateTime64;
    return isInRange ? formatMillis(millis, true) : invalid;
  }
  const seconds = typeof value === 'string' ? readDateTime(value) : undefined;
  return seconds !== undefined && seconds >= firstDateTime64 && seconds <= lastDateTime64 ? value : invalid;
};

function enumCheck(text: string): Check {
  const names = new Set(
    [...text.matchAll(/'((?:[^'\\]|\\.)*)'/g)].map(([, name = '']) => name.replace(/\\(.)/g, '$1')),
  );
  return (value) => (typeof value === 'string' && names.has(value) ? value : invalid);
}

function nullableCheck(inner: TypeNode | undefined): Check {
  const check = inner ? compileCheck(inner) : () => invalid;
  return (value) => (value === null ? null : check(value));
}

function itemCheck(inner: TypeNode | undefined): Check {
  const check = inner ? compileCheck(inner) : () => invalid;
  const takesNull = inner !== undefined && ['Nullable', 'Dynamic', 'Variant'].includes(valueType(inner).name);
  return (value) => (value === null && !takesNull ? invalid : check(value));
}

function arrayCheck(inner: TypeNode | undefined): Check {
  const check = itemCheck(inner);
  return (value) => {
    if (!Array.isArray(value)) return invalid;
    const items = value.map(check);
    return items.includes(invalid) ? invalid : items;
  };
}

function mapCheck(keyType: TypeNode | undefined, inner: TypeNode | undefined): Check {
  const check = itemCheck(inner);
  // JSON keys are text; a numeric key is checked as the number it spells.
  const keyName = keyType ? valueType(keyType).name : '';
  const keyCheck = keyType ? compileCheck(keyType) : () => invalid;
  const isNumeric = /^U?Int(8|16|32)$/.test(keyName);
  return (value) => {
    if (!isObject(value)) return invalid;
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const checked = check(item);
      if (checked === invalid || keyCheck(isNumeric ? Number(key) : key) === invalid) return invalid;
      Object.defineProperty(result, key, {
        value: checked,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    return result;
  };
}

function tupleCheck(type: TypeNode): Check {
  const members = type.args.map((arg) => ({ label: arg.label, check: itemCheck(arg.type) }));
  const isNamed = members.every((member) => member.label !== undefined);
  return (value) => {
    const given = Array.isArray(value)
      ? (value as unknown[])
      : isNamed && isObject(value)
        ? members.map(({ label }) => value[label ?? ''])
        : undefined;
    if (given?.length !== members.length || given.includes(undefined)) return invalid;
    const items = members.map(({ check }, index) => check(given[index]));
    if (items.includes(invalid)) return invalid;
    if (!isNamed) return items;
    return Object.fromEntries(
      members.map(({ label }, index): [string, unknown] => [label ?? '', items[index]]),
    );
  };
}
