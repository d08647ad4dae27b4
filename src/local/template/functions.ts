/** The functions that a template may call. */
import { ApiError } from '../errors.js';
import type { Call, TemplateFunction } from './call.js';
import { isCheck, type Context } from './context.js';
import { TemplateError } from './error.js';
import { pureFunctions } from './python.js';
import { convertTo, convertToArray, parameterTypes } from './types.js';
import { fromJson, isTrue, plain, pythonString, Sql, toSql, type Value } from './values.js';

/** The name of the first argument's value or default, `x`, as all parameter functions take it. */
function given(call: Call, defaultAt = 1): Value {
  const value = call.args[0] ?? null;
  return value ?? call.named.get('default') ?? call.args[defaultAt] ?? null;
}

function missing(context: Context): TemplateError {
  const names = [...context.required];
  const last = names.pop() ?? '';
  const list = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  const noun = context.required.length > 1 ? 'parameters' : 'parameter';
  return new TemplateError(
    `Required parameter is not defined. Check the ${noun} ${list}. Please provide a value or set a default value in the pipe code.`,
  );
}

function typed(name: string): TemplateFunction {
  return (call) => {
    const type = parameterTypes.get(name);
    if (!type) throw new TemplateError(`'${name}' is not a valid function, line ${call.line}`);
    const value = given(call);
    if (value !== null) return convertTo(type, value);
    if (isCheck(call.context)) return convertTo(type, type.placeholder);
    // `defined=False` makes a missing value None instead of an error.
    const mustBeDefined = call.named.get('defined') ?? call.args[2] ?? true;
    if (!isTrue(mustBeDefined)) return null;
    throw missing(call.context);
  };
}

function array(call: Call): Value {
  const type = call.named.get('type') ?? call.args[1] ?? 'String';
  const typeName = pythonString(type);
  const value = given(call, 2);
  if (value !== null) return convertToArray(typeName, value);
  if (!isCheck(call.context)) throw missing(call.context);
  const placeholder = parameterTypes.get(typeName)?.placeholder ?? '__no_value__';
  return convertToArray(typeName, [placeholder, placeholder, placeholder]);
}

function boolean(call: Call): Value {
  const value = plain(given(call));
  if (value === null && !isCheck(call.context)) throw missing(call.context);
  const isFalse = typeof value === 'string' && ['0', 'false'].includes(value.toLowerCase());
  const result = !isFalse && isTrue(value);
  return new Sql(result ? '1' : '0', result);
}

function json(call: Call): Value {
  const value = plain(given(call));
  if (value === null) return new Map();
  if (typeof value !== 'string') return value;
  try {
    return fromJson(JSON.parse(value));
  } catch (error) {
    throw new TemplateError(
      `Error parsing JSON: '${value}' - ${error instanceof Error ? error.message : ''}`,
    );
  }
}

function quoteColumn(name: string): string {
  return name
    .split('.')
    .map((part) => '`' + part.replaceAll(/["`\\]/g, '') + '`')
    .join('.');
}

function column(call: Call): Value {
  const value = given(call);
  if (value === null) {
    throw new TemplateError(
      "Missing column() default value, use `column(column_name, 'default_column_name')`",
    );
  }
  const name = pythonString(value);
  return new Sql(quoteColumn(name), name);
}

function columns(call: Call): Value {
  const value = plain(given(call));
  if (value === null) {
    throw new TemplateError(
      "Missing columns() default value, use `columns(column_names, 'default_column_name')`",
    );
  }
  if (typeof value !== 'string')
    throw new TemplateError("The 'columns' function expects a String not an Array");
  const apply = call.named.get('fn') ?? call.args[2] ?? null;
  const names = value.split(',').map((name) => quoteColumn(name.trim()));
  if (apply === null) return new Sql(names.join(','), value);
  const fn = pythonString(apply);
  if (!/^[A-Za-z_]\w*$/.test(fn)) throw new TemplateError(`columns: '${fn}' is not a valid function name`);
  return new Sql(names.map((name) => `${fn}(${name}) as ${name}`).join(','), value);
}

function rawName(call: Call, write: (name: string) => string): Value {
  const value = given(call);
  if (value === null) {
    if (!isCheck(call.context)) throw missing(call.context);
    call.context.isUncheckable = true;
    return new Sql('`placeholder`', 'placeholder');
  }
  const name = pythonString(value).replaceAll('"', '');
  return new Sql(write(name), name);
}

function table(name: string): string {
  if (!/^[A-Za-z_][\w.]*$/.test(name)) throw new TemplateError(`table: '${name}' is not a valid name`);
  return name;
}

function splitToArray(call: Call): Value {
  const value = plain(given(call)) ?? '';
  const separator = pythonString(call.named.get('separator') ?? call.args[2] ?? ',');
  if (Array.isArray(value)) return value;
  return pythonString(value)
    .split(separator)
    .map((item) => item.trim());
}

const sqlOperators = new Map([
  ['in', 'in'],
  ['not_in', 'not in'],
  ['gt', '>'],
  ['lt', '<'],
  ['gte', '>='],
  ['lte', '<='],
]);

function sqlAnd(call: Call): Value {
  const parts = [...call.named].flatMap(([key, value]) => {
    const [name = '', operator] = key.split('__');
    const sql = operator === undefined ? '=' : sqlOperators.get(operator);
    if (sql === undefined) throw new TemplateError(`operand ${operator ?? ''} not supported`);
    return value === null ? [] : [`${name} ${sql} ${toSql(value)}`];
  });
  const text = parts.join(' AND ');
  return new Sql(text, text);
}

function sqlUnescape(call: Call): Value {
  const text = pythonString(call.args[0] ?? null);
  const character = pythonString(call.args[1] ?? call.named.get('what') ?? '');
  const quoted = toSql(text);
  const sql = character === '' ? quoted : quoted.replaceAll(`\\${character}`, character);
  return new Sql(sql, text);
}

function fail(call: Call): Value {
  if (isCheck(call.context)) return '';
  throw new ApiError(400, pythonString(call.args[0] ?? 'error'));
}

function customError(call: Call): Value {
  if (isCheck(call.context)) return '';
  const body = plain(call.args[0] ?? null);
  const status = Number(plain(call.named.get('code') ?? call.args[1] ?? 400n));
  const isStatus = Number.isInteger(status) && status >= 400 && status <= 599;
  throw new ApiError(
    isStatus ? status : 400,
    pythonString(body),
    body instanceof Map ? toJson(body) : { error: pythonString(body) },
  );
}

function toJson(value: Value): unknown {
  const one = plain(value);
  if (one instanceof Map) return Object.fromEntries([...one].map(([key, item]) => [key, toJson(item)]));
  if (Array.isArray(one)) return one.map(toJson);
  return typeof one === 'bigint' ? Number(one) : one;
}

/** Hints that Tinybird turns into query options; they have no effect on this server. */
function hint(): Value {
  return new Sql('', '');
}

const unsupported = [
  'tb_secret',
  'tb_var',
  'day_diff',
  'date_diff_in_days',
  'date_diff_in_hours',
  'date_diff_in_minutes',
  'date_diff_in_seconds',
  'Enum8',
  'Enum16',
  'cache',
];

/** All functions that a template may call. */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ...pureFunctions,
  ...unsupported.map((name): [string, TemplateFunction] => [
    name,
    (call) => {
      throw new TemplateError(`'${name}' is not supported by the local server, line ${call.line}`);
    },
  ]),
  ...[...parameterTypes.keys()].map((name): [string, TemplateFunction] => [name, typed(name)]),
  ['Array', array],
  ['Boolean', boolean],
  ['bool', boolean],
  ['JSON', json],
  ['column', column],
  ['columns', columns],
  ['Column', (call) => rawName(call, quoteColumn)],
  ['symbol', (call) => rawName(call, quoteColumn)],
  ['Symbol', (call) => rawName(call, quoteColumn)],
  ['table', (call) => rawName(call, table)],
  ['TABLE', (call) => rawName(call, table)],
  ['defined', (call) => call.context.mode === 'check-all' || (call.args[0] ?? null) !== null],
  ['split_to_array', splitToArray],
  ['sql_and', sqlAnd],
  ['sql_unescape', sqlUnescape],
  ['error', fail],
  ['custom_error', customError],
  ...['max_threads', 'backend_hint', 'cache_ttl', 'activate', 'disable'].map(
    (name): [string, TemplateFunction] => [name, hint],
  ),
]);
