/** The methods, built-in functions and indexing of Python that templates support. */
import type { TemplateFunction } from './call.js';
import { TemplateError } from './error.js';
import { compareValues } from './operators.js';
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

/** The supported built-in functions of Python. */
export const pureFunctions: readonly [string, TemplateFunction][] = [
  ['len', ({ args }) => length(args[0] ?? null)],
  ['int', ({ args }) => integer(args[0] ?? 0n)],
  ['float', ({ args }) => float(args[0] ?? 0)],
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
  ['sorted', ({ args }) => [...toList(args[0] ?? null, 'sorted')].sort(compareValues)],
  ['any', ({ args }) => toList(args[0] ?? null, 'any').some(isTrue)],
  ['all', ({ args }) => toList(args[0] ?? null, 'all').every(isTrue)],
];

function absolute(value: Value): Value {
  const one = plain(value);
  if (typeof one === 'bigint') return one < 0n ? -one : one;
  return Math.abs(float(one));
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

const stringMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['split', (text, [separator]) => splitText(text, separator)],
  [
    'join',
    (text, [items]) =>
      toList(items ?? null, 'join')
        .map(pythonString)
        .join(text),
  ],
  ['startswith', (text, [prefix]) => text.startsWith(pythonString(prefix ?? ''))],
  ['endswith', (text, [suffix]) => text.endsWith(pythonString(suffix ?? ''))],
  ['lower', (text) => text.toLowerCase()],
  ['upper', (text) => text.toUpperCase()],
  ['strip', (text) => text.trim()],
  ['lstrip', (text) => text.trimStart()],
  ['rstrip', (text) => text.trimEnd()],
  ['isdigit', (text) => /^\d+$/.test(text)],
  ['replace', (text, [from, to]) => text.replaceAll(pythonString(from ?? ''), pythonString(to ?? ''))],
  ['format', formatText],
]);

function splitText(text: string, separator: Value | undefined): Value {
  if (separator === undefined || separator === null) return text.split(/\s+/).filter((part) => part !== '');
  return text.split(pythonString(separator));
}

function formatText(text: string, args: readonly Value[]): Value {
  let next = 0;
  return text.replace(/\{(\d*)\}/g, (_, position: string) => {
    const index = position === '' ? next++ : Number(position);
    return pythonString(args[index] ?? '');
  });
}

/** `value.name(…)`: the supported methods of strings and dictionaries. */
export function callMethod(target: Value, name: string, args: readonly Value[], line: number): Value {
  const value = plain(target);
  if (typeof value === 'string') {
    const method = stringMethods.get(name);
    if (method) return method(value, args);
  }
  if (value instanceof Map) {
    const key = pythonString(args[0] ?? '');
    if (name === 'get') return value.get(key) ?? args[1] ?? null;
    if (name === 'keys') return [...value.keys()];
    if (name === 'values') return [...value.values()];
    if (name === 'items') return [...value].map(([one, item]) => [one, item]);
  }
  throw new TemplateError(`'${typeName(target)}' object has no method '${name}', line ${line}`);
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
    if (item === undefined) throw new TemplateError(`list index out of range, line ${line}`);
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
