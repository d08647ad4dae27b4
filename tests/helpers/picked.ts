import type { Shape } from '../../src/base/json-scan/shape.js';

/** The contents of a view, as plain objects. */
export function unfold(value: unknown, { keys = {}, items = {} }: Shape): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => unfold(item, items));
  return Object.fromEntries(
    Object.entries(keys)
      .map(([name, shape]) => [name, unfold((value as Record<string, unknown>)[name], shape)])
      .filter(([, member]) => member !== undefined),
  );
}

/** The expected result of picking, computed with JSON.parse. A text is cut by characters, not by its escaped form. */
export function prune(value: unknown, shape: Shape): unknown {
  if (shape.time === true) return readTime(value);
  if (typeof value === 'string') return shape.lines === true ? countLines(value) : value.slice(0, shape.text);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const { items } = shape;
    return items === undefined ? [] : value.map((item) => prune(item, items));
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => Object.hasOwn(shape.keys ?? {}, name))
      .map(([name, member]) => [name, prune(member, shape.keys![name]!)]),
  );
}

export function readTime(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? null : ms;
}

const countLines = (text: string) => [...text.matchAll(/[^\n]*\n|[^\n]+$/g)].length;
