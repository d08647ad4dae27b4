/** The values of template expressions, and how they are written into SQL. */
import { TemplateError } from './error.js';
import { checkLength } from './limits.js';

/** The value of an expression: Python's values, with integers as bigint and floats as number. */
export type Value = null | boolean | bigint | number | string | Value[] | Map<string, Value> | Sql;

/** A value with its own SQL form, as the typed functions return it. */
export class Sql {
  constructor(
    /** Inserted unchanged. */
    readonly text: string,
    /** The value that conditions and loops use. */
    readonly value: Exclude<Value, Sql>,
  ) {}
}

/** The Python value, without its SQL. */
export function plain(value: Value): Exclude<Value, Sql> {
  return value instanceof Sql ? value.value : value;
}

/** Python's truth value. */
export function isTrue(value: Value): boolean {
  const one = plain(value);
  if (Array.isArray(one)) return one.length > 0;
  if (one instanceof Map) return one.size > 0;
  return Boolean(one);
}

const escapes = new Map([
  ['\\', '\\\\'],
  ["'", "\\'"],
  ['"', '\\"'],
  ['`', '\\`'],
  ['%', '\\%'],
  ['\0', '\\0'],
  ['\r', '\\r'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\x1a', '\\z'],
]);

/** A string, quoted for SQL as Tinybird does it; `%` is escaped too, as on Tinybird Cloud. */
export function quoteString(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is escaped here
  return `'${text.replace(/[\\'"`%\0\r\x08\t\n\x1a]/g, (char) => escapes.get(char) ?? char)}'`;
}

/** How `{{ value }}` is written into the SQL. Null is an error that the caller must report. */
export function toSql(value: Exclude<Value, null>): string {
  if (value instanceof Sql) return value.text;
  if (typeof value === 'string') return quoteString(value);
  return pythonText(value);
}

/** Python's repr. A list may be many times in another one, so what is written so far counts. */
function pythonText(value: Value, written = { length: 0 }): string {
  const text = textOf(plain(value), written);
  written.length += text.length;
  checkLength(written.length);
  return text;
}

function textOf(one: Exclude<Value, Sql>, written: { length: number }): string {
  if (one === null) return 'None';
  if (typeof one === 'boolean') return one ? 'True' : 'False';
  if (typeof one === 'bigint') return one.toString();
  if (typeof one === 'number') return floatText(one);
  if (typeof one === 'string') return stringText(one);
  if (Array.isArray(one)) return `[${one.map((item) => pythonText(item, written)).join(', ')}]`;
  return `{${[...one].map(([key, item]) => `${stringText(key)}: ${pythonText(item, written)}`).join(', ')}}`;
}

/** Python's str: a string unchanged, anything else as its repr. */
export function pythonString(value: Value): string {
  const one = plain(value);
  return typeof one === 'string' ? one : pythonText(one);
}

function stringText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** The value as a list, for `for` and the list functions. */
export function toList(value: Value, what: string): Value[] {
  const one = plain(value);
  if (Array.isArray(one)) return one;
  if (one instanceof Map) return [...one.keys()];
  if (typeof one === 'string') return Array.from(one);
  throw new TemplateError(`${what}: '${typeName(one)}' object is not iterable`);
}

/** Python's name for the value's type. */
export function typeName(value: Value): string {
  const one = plain(value);
  if (one === null) return 'NoneType';
  if (typeof one === 'boolean') return 'bool';
  if (typeof one === 'bigint') return 'int';
  if (typeof one === 'number') return 'float';
  if (typeof one === 'string') return 'str';
  return Array.isArray(one) ? 'list' : 'dict';
}

/** A JSON value as Python would load it. */
export function fromJson(value: unknown): Exclude<Value, Sql> {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value === 'object') {
    return new Map(Object.entries(value).map(([key, one]): [string, Value] => [key, fromJson(one)]));
  }
  return null;
}
