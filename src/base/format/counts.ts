/** Formats counts. */
import { UNKNOWN } from './unknown.js';

/** A whole number with thousands separators: `1,234,567`. */
export function grouped(count: number | null): string {
  return count === null ? UNKNOWN : String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 request`, `2 requests`, `unknown requests`. */
export function plural(count: number | null, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `842`, `12.4k`, `3.1M`, `1.2G`: short enough to read at a glance. */
export function compact(count: number | null): string {
  if (count === null) return UNKNOWN;
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    // Without the factor, 999,960 would become `1000.0k`.
    if (count >= size * 0.99995) return `${(count / size).toFixed(1)}${unit}`;
  }
  return grouped(count);
}
