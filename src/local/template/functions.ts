/** The functions that a template may call. */
import { ApiError } from '../errors.js';
import type { Call, TemplateFunction } from './call.js';
import { isCheck, type Context } from './context.js';
import { MissingParameterError, TemplateError } from './error.js';
import { dateFunctions } from './dates.js';
import { pureFunctions } from './python.js';
import { booleanOf, convertTo, convertToArray, isItemType, parameterTypes } from './types.js';
import { fromJson, isTrue, plain, pythonString, Sql, toSql, type Value } from './values.js';

/**
 * The first argument's value, or else the default, as all parameter functions take them. A parameter that is marked
 * `required=True` must be given even if it has a default.
 */
function given(call: Call, fallback = call.named.get('default') ?? call.args[1] ?? null): Value {
  if (call.args.length === 0)
    throw new TemplateError('one of the transform type functions is missing an argument');
  const value = call.args[0] ?? null;
  if (value !== null) return value;
  if (isCheck(call.context)) call.context.hasStandIn = true;
  else if (isTrue(call.named.get('required') ?? false)) throw missing(call.context);
  return fallback;
}

function missing(context: Context): MissingParameterError {
  const names = [...context.required];
  const last = names.pop() ?? '';
  const list = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  const check = list === '' ? '' : ` Check the parameters ${list}.`;
  return new MissingParameterError(
    `Required parameter is not defined.${check} Please provide a value or set a default value in the pipe code.`,
  );
}

/** `defined=False` makes a missing value None instead of an error. */
function absent(call: Call, definedAt: number): null {
  const mustBeDefined = call.named.get('defined') ?? call.args[definedAt] ?? true;
  if (isTrue(mustBeDefined)) throw missing(call.context);
  return null;
}

/** A value that stands in for a missing one, as a value of a column if the check asks for that. */
function abstracted({ args, context }: Call, sql: Sql): Sql {
  if (!context.isAbstract || (args[0] ?? null) !== null) return sql;
  return new Sql(`materialize(${sql.text})`, sql.value);
}

function typed(name: string): TemplateFunction {
  return (call) => {
    const type = parameterTypes.get(name);
    if (!type) throw new TemplateError(`'${name}' is not a valid function, line ${call.line}`);
    const value = given(call);
    if (value !== null) return abstracted(call, convertTo(type, value));
    if (isCheck(call.context)) return abstracted(call, convertTo(type, type.placeholder));
    return absent(call, 2);
  };
}

/** `Array(x, 'Int32', default)`; a second argument that names no type is the default: `Array(x, 'a,b')`. */
function array(call: Call): Value {
  const second = call.named.get('type') ?? call.args[1] ?? null;
  const named = typeof second === 'string' ? second : undefined;
  const isType = named !== undefined && isItemType(named);
  const type = isType ? named : 'String';
  const value = given(call, call.named.get('default') ?? call.args[2] ?? (isType ? null : second));
  if (value !== null) return abstracted(call, convertToArray(type, value));
  if (!isCheck(call.context)) return absent(call, 3);
  const placeholder = parameterTypes.get(type)?.placeholder ?? 0n;
  return abstracted(call, convertToArray(type, [placeholder, placeholder]));
}

function boolean(call: Call): Value {
  const result = booleanOf(given(call));
  return new Sql(result ? '1' : '0', result);
}

function json(call: Call): Value {
  const value = plain(given(call));
  if (value === null) return new Map();
  if (typeof value !== 'string') return value;
  try {
    return fromJson(JSON.parse(value));
  } catch (error) {
    const shown = value.length > 16 ? `${value.slice(0, 16)}...` : value;
    const reason = error instanceof Error ? error.message : '';
    throw new TemplateError(`Error parsing JSON: '${shown}' - ${withoutValue(value) ?? reason}`);
  }
}

/** Python's reason for a text in which no JSON value begins; undefined if one does. */
function withoutValue(text: string): string | undefined {
  const at = text.search(/[^ \t\n\r]/);
  const before = text.slice(0, at < 0 ? text.length : at);
  if (at >= 0 && /^(?:[[{"\d]|-\d|true|false|null|NaN|Infinity|-Infinity)/.test(text.slice(at)))
    return undefined;
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  return `Expecting value: line ${line} column ${column} (char ${before.length})`;
}

/** One name, whatever it contains. */
function quoteName(name: string): string {
  return '`' + name.replaceAll(/["`\\]/g, '') + '`';
}

/** A column, or a path in one: dots separate names. */
function quoteColumn(name: string): string {
  return name.split('.').map(quoteName).join('.');
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
  const value = plain(call.args[0] ?? call.named.get('default') ?? call.args[1] ?? '');
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
    // The name of a column may contain __ too: the last one separates the operator.
    const [, name = key, operator] = /^(.+)__(.*)$/s.exec(key) ?? [];
    const sql = operator === undefined ? '=' : sqlOperators.get(operator);
    if (sql === undefined) throw new TemplateError(`operand ${operator ?? ''} not supported`);
    return value === null ? [] : [`${name} ${sql} ${toSql(value)}`];
  });
  const text = parts.join(' and ');
  return new Sql(text, text);
}

function sqlUnescape(call: Call): Value {
  const text = pythonString(call.args[0] ?? null);
  const character = pythonString(call.args[1] ?? call.named.get('what') ?? '');
  const quoted = toSql(text);
  const sql = character === '' ? quoted : quoted.replaceAll(`\\${character}`, character);
  return new Sql(sql, text);
}

/** Nothing is written in its place: the check of a build goes on as if the error had not been raised. */
function raisedInCheck({ context }: Call): Value {
  context.hasRaised = true;
  return new Sql('', '');
}

function fail(call: Call): Value {
  if (isCheck(call.context)) return raisedInCheck(call);
  throw new ApiError(400, pythonString(call.args[0] ?? 'error'));
}

function customError(call: Call): Value {
  if (isCheck(call.context)) return raisedInCheck(call);
  const body = plain(call.args[0] ?? null);
  const status = Number(plain(call.named.get('code') ?? call.args[1] ?? 400n));
  const isStatus = Number.isInteger(status) && status >= 400 && status <= 599;
  throw new ApiError(
    isStatus ? status : 400,
    pythonString(body),
    body instanceof Map ? toJson(body) : { error: pythonString(body) },
  );
}

/**
 * A secret or variable of the workspace, bound to the query as a parameter: its value is never part of the SQL. Without
 * one, the default is written as a text.
 */
function secret(call: Call): Value {
  const name = pythonString(call.args[0] ?? null);
  const { secrets, bound } = call.context;
  const fallback = call.named.get('default') ?? call.args[1] ?? null;
  const value = secrets.get(name);
  const isName = /^[A-Za-z_]\w*$/.test(name);
  if (value === undefined && fallback !== null) return fallback;
  if (!isName || (value === undefined && !isCheck(call.context))) {
    throw new TemplateError(
      `Cannot access secret '${name}'. Check the secret exists in the Workspace and the token has the required scope.`,
    );
  }
  call.context.hasStandIn ||= value === undefined;
  bound.set(name, value ?? '__no_value__');
  return new Sql(`{${name}: String}`, value ?? '__no_value__');
}

function toJson(value: Value): unknown {
  const one = plain(value);
  if (one instanceof Map) return Object.fromEntries([...one].map(([key, item]) => [key, toJson(item)]));
  if (Array.isArray(one)) return one.map(toJson);
  return typeof one === 'bigint' ? Number(one) : one;
}

/**
 * Hints that Tinybird turns into options of the query. They change no answer here, and are written as comments, as
 * Tinybird does.
 *
 * @param accepts the arguments that Tinybird accepts; undefined: any
 */
function hint(
  name: string,
  accepts?: { values: readonly string[]; problem: (value: string) => string },
): TemplateFunction {
  return (call) => {
    const value = pythonString(call.args[0] ?? null);
    if (accepts && !accepts.values.includes(value)) throw new TemplateError(accepts.problem(value));
    return new Sql(`-- ${name} ${value.replace(/[^\w .,:'-]/g, ' ')}\n`, value);
  };
}

const lifetimes = ['5s', '1m', '5m', '30m', '1h'];
const hints: readonly [string, TemplateFunction][] = [
  ['max_threads', hint('max_threads')],
  ['backend_hint', hint('backend_hint')],
  [
    'cache_ttl',
    hint('cache_ttl', {
      values: lifetimes,
      problem: () =>
        `Invalid TTL cache expression, valid expressions are (${lifetimes.map((one) => `'${one}'`).join(', ')})`,
    }),
  ],
  ...[['activate', ['analyzer', 'parallel_replicas']] as const, ['disable', ['analyzer']] as const].map(
    ([name, values]): [string, TemplateFunction] => [
      name,
      hint(name, { values, problem: (value) => `'${value}' is not a valid '${name}' argument` }),
    ],
  ),
];

/** All functions that a template may call. */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ...pureFunctions,
  ...dateFunctions,
  ...hints,
  ...[...parameterTypes.keys()].map((name): [string, TemplateFunction] => [name, typed(name)]),
  ['Array', array],
  ['Boolean', boolean],
  ['bool', boolean],
  ['JSON', json],
  ['column', column],
  ['columns', columns],
  ['Column', (call) => rawName(call, quoteName)],
  ['symbol', (call) => rawName(call, quoteName)],
  ['Symbol', (call) => rawName(call, quoteName)],
  ['table', (call) => rawName(call, table)],
  ['TABLE', (call) => rawName(call, table)],
  ['defined', (call) => call.context.mode === 'check-all' || (call.args[0] ?? null) !== null],
  ['split_to_array', splitToArray],
  ['sql_and', sqlAnd],
  ['sql_unescape', sqlUnescape],
  ['error', fail],
  ['custom_error', customError],
  ['tb_secret', secret],
  ['tb_var', secret],
]);
