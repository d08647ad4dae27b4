/** The methods, built-in functions and indexing of Python that templates support. */
import type { Call, TemplateFunction } from './call.js';
import { isCheck } from './context.js';
import { TemplateError } from './error.js';
import { checkLength, MOST_ITEMS, tooLarge } from './limits.js';
import { compare, compareValues } from './operators.js';
import { isTrue, plain, pythonString, Sql, toList, typeName, type Value } from './values.js';

function integer(value: Value): bigint {
  const one = plain(value);
  if (typeof one === 'bigint') return one;
  if (typeof one === 'boolean') return one ? 1n : 0n;
  if (typeof one === 'number' && Number.isFinite(one)) return BigInt(Math.trunc(one));
  if (typeof one === 'string' && /^\s*[+-]?\d+\s*$/.test(one)) return BigInt(one.trim().replace(/^\+/, ''));
  throw new TemplateError(`invalid literal for int(): '${pythonString(one)}'`);
}

function float(value: Value): number {
  const one = plain(value);
  const number = typeof one === 'string' && one.trim() === '' ? NaN : Number(one);
  if (typeof one === 'object' || Number.isNaN(number)) {
    throw new TemplateError(`could not convert to float: '${pythonString(one)}'`);
  }
  return number;
}

function length(value: Value): bigint {
  const one = plain(value);
  if (typeof one === 'string') return BigInt(Array.from(one).length);
  if (Array.isArray(one)) return BigInt(one.length);
  if (one instanceof Map) return BigInt(one.size);
  throw new TemplateError(`object of type '${typeName(one)}' has no len()`);
}

const longestRange = 10_000n;

function range(args: readonly Value[]): Value {
  const [first = 0n, second, third] = args.map(integer);
  const [start, stop] = second === undefined ? [0n, first] : [first, second];
  const step = third ?? 1n;
  if (step === 0n) throw new TemplateError('range() arg 3 must not be zero');
  if ((stop - start) / step > longestRange)
    throw new TemplateError(`range() is limited to ${longestRange} items`);
  const items: Value[] = [];
  for (let at = start; step > 0n ? at < stop : at > stop; at += step) items.push(at);
  return items;
}

function extreme(name: string, sign: number): TemplateFunction {
  return ({ args }) => {
    const items = args.length === 1 ? toList(args[0] ?? null, name) : args;
    const [first, ...rest] = items;
    if (first === undefined) throw new TemplateError(`${name}() arg is an empty sequence`);
    return rest.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best), first);
  };
}

/** The first argument. In the check of a build, 0 stands in for a missing one. */
function numberGiven({ args, context }: Call): Value {
  const value = args[0] ?? null;
  if (value !== null || !isCheck(context)) return value;
  context.hasStandIn = true;
  return 0n;
}

/** The supported built-in functions of Python. */
export const pureFunctions: readonly [string, TemplateFunction][] = [
  ['len', ({ args }) => length(args[0] ?? null)],
  ['int', (call) => (call.args.length === 0 ? 0n : integer(numberGiven(call)))],
  ['float', (call) => (call.args.length === 0 ? 0 : float(numberGiven(call)))],
  ['str', ({ args }) => pythonString(args[0] ?? '')],
  ['abs', ({ args }) => absolute(args[0] ?? null)],
  ['range', ({ args }) => range(args)],
  ['list', ({ args }) => (args.length === 0 ? [] : [...toList(args[0] ?? null, 'list')])],
  [
    'enumerate',
    ({ args }) => toList(args[0] ?? null, 'enumerate').map((item, index) => [BigInt(index), item]),
  ],
  [
    'enumerate_with_last',
    ({ args }) =>
      toList(args[0] ?? null, 'enumerate_with_last').map((item, index, all) => [
        index === all.length - 1,
        item,
      ]),
  ],
  ['zip', ({ args }) => zip(args.map((arg) => toList(arg, 'zip')))],
  ['min', extreme('min', -1)],
  ['max', extreme('max', 1)],
  ['sum', ({ args }) => sum(toList(args[0] ?? null, 'sum'))],
  ['round', ({ args }) => rounded(args[0] ?? null, args[1] ?? null)],
  ['reversed', ({ args }) => [...toList(args[0] ?? null, 'reversed')].reverse()],
  ['tuple', ({ args }) => (args.length === 0 ? [] : [...toList(args[0] ?? null, 'tuple')])],
  ['sorted', ({ args }) => [...toList(args[0] ?? null, 'sorted')].sort(compareValues)],
  ['any', ({ args }) => toList(args[0] ?? null, 'any').some(isTrue)],
  ['all', ({ args }) => toList(args[0] ?? null, 'all').every(isTrue)],
];

function absolute(value: Value): Value {
  const one = plain(value);
  if (typeof one === 'bigint') return one < 0n ? -one : one;
  return Math.abs(float(one));
}

/** Python rounds a half to the even neighbour; without digits, the result is an integer. */
function rounded(value: Value, digits: Value): Value {
  const scale = digits === null ? 1 : 10 ** Number(integer(digits));
  const scaled = float(value) * scale;
  const floor = Math.floor(scaled);
  const isHalf = scaled - floor === 0.5;
  const whole = isHalf && floor % 2 === 0 ? floor : isHalf ? floor + 1 : Math.round(scaled);
  if (!Number.isFinite(whole)) throw new TemplateError('cannot round an infinite or undefined number');
  return digits === null ? BigInt(whole) : whole / scale;
}

function zip(lists: readonly Value[][]): Value {
  const shortest = Math.min(...lists.map((list) => list.length));
  return Array.from({ length: lists.length === 0 ? 0 : shortest }, (_, at) =>
    lists.map((list) => list[at] ?? null),
  );
}

function sum(items: readonly Value[]): Value {
  const numbers = items.map(plain);
  if (numbers.every((item) => typeof item === 'bigint'))
    return numbers.reduce((total, item) => total + item, 0n);
  return numbers.reduce<number>((total, item) => total + float(item), 0);
}

type Method = (text: string, args: readonly Value[]) => Value;

/** Longest text that zfill makes. */
const LONGEST_FILL = 10_000;

type ListMethod = (list: Value[], args: readonly Value[]) => Value;

const listMethods: ReadonlyMap<string, ListMethod> = new Map<string, ListMethod>([
  ['append', (list, [item]) => grow(list, [item ?? null])],
  ['extend', (list, [items]) => grow(list, toList(items ?? null, 'extend'))],
  ['count', (list, [item]) => BigInt(list.filter((one) => compare('==', one, item ?? null)).length)],
  [
    'index',
    (list, [item]) => {
      const at = list.findIndex((one) => compare('==', one, item ?? null));
      if (at < 0) throw new TemplateError(`${pythonString(item ?? null)} is not in list`);
      return BigInt(at);
    },
  ],
]);

/** Adds to the list itself, as in Python, and returns None. */
function grow(list: Value[], items: readonly Value[]): null {
  if (list.length + items.length > MOST_ITEMS) throw tooLarge();
  // A list in itself could not be written.
  if (items.some((item) => plain(item) === list)) throw new TemplateError('a list cannot contain itself');
  list.push(...items);
  return null;
}

const stringMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['split', (text, [separator]) => splitText(text, separator)],
  [
    'join',
    (text, [items]) => {
      const parts = toList(items ?? null, 'join').map(pythonString);
      checkLength(parts.reduce((sum, part) => sum + part.length + text.length, 0));
      return parts.join(text);
    },
  ],
  ['startswith', (text, [prefix]) => text.startsWith(pythonString(prefix ?? ''))],
  ['endswith', (text, [suffix]) => text.endsWith(pythonString(suffix ?? ''))],
  ['lower', (text) => text.toLowerCase()],
  ['upper', (text) => text.toUpperCase()],
  ['strip', (text) => text.trim()],
  ['lstrip', (text) => text.trimStart()],
  ['rstrip', (text) => text.trimEnd()],
  ['isdigit', (text) => /^\d+$/.test(text)],
  ['isnumeric', (text) => /^\d+$/.test(text)],
  ['isalpha', (text) => /^\p{L}+$/u.test(text)],
  ['isalnum', (text) => /^[\p{L}\p{N}]+$/u.test(text)],
  ['capitalize', (text) => text.slice(0, 1).toUpperCase() + text.slice(1).toLowerCase()],
  [
    'title',
    (text) => text.toLowerCase().replace(/\p{L}+/gu, (word) => word.charAt(0).toUpperCase() + word.slice(1)),
  ],
  ['count', (text, [part]) => BigInt(text.split(pythonString(part ?? '')).length - 1)],
  ['find', (text, [part]) => BigInt(text.indexOf(pythonString(part ?? '')))],
  ['zfill', (text, [width]) => text.padStart(Math.min(Number(integer(width ?? 0n)), LONGEST_FILL), '0')],
  ['replace', replaceText],
  ['format', formatText],
]);

function splitText(text: string, separator: Value | undefined): Value {
  if (separator === undefined || separator === null) return text.split(/\s+/).filter((part) => part !== '');
  return text.split(pythonString(separator));
}

function replaceText(text: string, [from, to]: readonly Value[]): Value {
  const [old, replacement] = [pythonString(from ?? ''), pythonString(to ?? '')];
  const times = text.split(old).length - 1;
  checkLength(text.length + times * Math.max(0, replacement.length - old.length));
  return text.replaceAll(old, replacement);
}

function formatText(text: string, args: readonly Value[]): Value {
  let next = 0;
  const places = text.split('{').length - 1;
  const longest = args.reduce<number>((most, arg) => Math.max(most, pythonString(arg).length), 0);
  checkLength(text.length + places * longest);
  return text.replace(/\{(\d*)\}/g, (_, position: string) => {
    const index = position === '' ? next++ : Number(position);
    return pythonString(args[index] ?? '');
  });
}

/** `value.name(…)`: the supported methods of strings and dictionaries. */
export function callMethod(target: Value, name: string, args: readonly Value[]): Value {
  const value = plain(target);
  if (typeof value === 'string') {
    const method = stringMethods.get(name);
    if (method) return method(value, args);
  }
  if (Array.isArray(value)) {
    const method = listMethods.get(name);
    if (method) return method(value, args);
  }
  if (value instanceof Map) {
    const key = pythonString(args[0] ?? '');
    if (name === 'get') return value.get(key) ?? args[1] ?? null;
    if (name === 'keys') return [...value.keys()];
    if (name === 'values') return [...value.values()];
    if (name === 'items') return [...value].map(([one, item]) => [one, item]);
  }
  const advice =
    name === 'get' && typeof value === 'string'
      ? ". Make sure you're using an object/dictionary where trying to use .get()"
      : '';
  throw new TemplateError(`'${typeName(target)}' object has no attribute '${name}'${advice}`);
}

/** `object[index]`. */
export function itemOf(object: Value, index: Value, line: number): Value {
  const container = plain(object);
  const key = plain(index);
  if (container instanceof Map) {
    const item = container.get(pythonString(key));
    if (item === undefined) throw new TemplateError(`KeyError: '${pythonString(key)}', line ${line}`);
    return item;
  }
  if ((Array.isArray(container) || typeof container === 'string') && typeof key === 'bigint') {
    const items: readonly Value[] = typeof container === 'string' ? Array.from(container) : container;
    const item = items.at(Number(key));
    if (item === undefined) {
      throw new TemplateError(
        typeof container === 'string'
          ? 'String index out of range. Check that string parameters have values before accessing specific characters (e.g., param[0]). Provide default values or add length checks in your template.'
          : 'list index out of range',
      );
    }
    return item;
  }
  throw new TemplateError(`'${typeName(container)}' object is not subscriptable, line ${line}`);
}

/** `object[from:to]`. */
export function sliceOf(object: Value, from: Value, to: Value, line: number): Value {
  const container = plain(object);
  const start = from === null ? undefined : Number(integer(from));
  const end = to === null ? undefined : Number(integer(to));
  if (Array.isArray(container)) return container.slice(start, end);
  if (typeof container === 'string') return Array.from(container).slice(start, end).join('');
  if (object instanceof Sql || container !== null) {
    throw new TemplateError(`'${typeName(container)}' object cannot be sliced, line ${line}`);
  }
  throw new TemplateError(`'NoneType' object is not subscriptable, line ${line}`);
}
