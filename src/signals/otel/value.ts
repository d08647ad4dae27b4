/** Reads the values and attributes of OTLP. */
import { asArray, asObject } from '../../base/json/json.js';

/**
 * A value of an attribute or of a log body. Bytes are base64 text; a whole number that JavaScript cannot hold exactly
 * is a string of its digits.
 */
export type Value = string | number | boolean | null | Value[] | Map<string, Value>;

/** Attributes by key, in order. For a repeated key the last value counts. */
export type Attributes = ReadonlyMap<string, Value>;

/** Values nested deeper than this are dropped, so that hostile input cannot exhaust the stack. */
const MAX_DEPTH = 16;

/**
 * Reads an OTLP AnyValue, from JSON or protobuf. An invalid one is null, never an exception.
 *
 * Claude Code's JSON writes whole numbers bare, canonical JSON quotes them: both are accepted.
 */
export function readValue(shape: unknown, depth = 0): Value {
  const any = asObject(shape);
  if (any === undefined || depth > MAX_DEPTH) return null;
  if (typeof any.stringValue === 'string') return any.stringValue.toWellFormed();
  if (any.boolValue !== undefined) return any.boolValue === true || any.boolValue === 'true';
  if (any.intValue !== undefined) return readInteger(any.intValue);
  if (any.doubleValue !== undefined) return readDouble(any.doubleValue) ?? null;
  if (any.bytesValue !== undefined) return readBytes(any.bytesValue);
  if (any.arrayValue !== undefined) {
    return asArray(asObject(any.arrayValue)?.values).map((item) => readValue(item, depth + 1));
  }
  if (any.kvlistValue !== undefined)
    return new Map(readAttributes(asObject(any.kvlistValue)?.values, depth + 1));
  return null;
}

/** Reads a list of OTLP KeyValues. */
export function readAttributes(list: unknown, depth = 0): Attributes {
  const attributes = new Map<string, Value>();
  for (const pair of asArray(list)) {
    const { key, value } = asObject(pair) ?? {};
    if (typeof key === 'string' && key !== '') attributes.set(key.toWellFormed(), readValue(value, depth));
  }
  return attributes;
}

/** A number of OTLP: bare, or as text (`"NaN"`, or 64 bits that JSON cannot hold). */
export function readDouble(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isNaN(number) && value !== 'NaN' ? undefined : number;
}

/** The value as the text in the attribute maps of the tables, in the format of the OpenTelemetry Collector. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value;
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(plain(value)) : String(value);
}

function plain(value: Value): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  return value;
}

function readInteger(value: unknown): Value {
  const number = readDouble(value);
  if (number === undefined || !Number.isFinite(number)) return null;
  return Number.isSafeInteger(number) || typeof value !== 'string' ? number : value.trim();
}

function readBytes(value: unknown): Value {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'string' ? value : null;
}
