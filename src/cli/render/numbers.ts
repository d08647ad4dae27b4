import { UNKNOWN } from './money.js';
import { grouped } from './text.js';

/** `842`, `12.4k`, `3.1M`, `1.2G`: three digits that can be read at a glance. */
export function compact(count: number | null): string {
  if (count === null) return UNKNOWN;
  for (const [unit, size] of [
    ['G', 1e9],
    ['M', 1e6],
    ['k', 1e3],
  ] as const) {
    // 999,960 would be 1000.0k.
    if (count >= size * 0.99995) return `${(count / size).toFixed(1)}${unit}`;
  }
  return grouped(count);
}

/** A share of 1 as a percentage. Only what is all is 100 %, and only what is nothing is 0 %. */
export function percent(share: number | null): string {
  if (share === null) return UNKNOWN;
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return '>99 %';
  if (rounded === 0 && share > 0) return '<1 %';
  return `${grouped(rounded)} %`;
}

/** How a figure changed against the one before, as a share of it. */
export function change(share: number | null): string {
  if (share === null) return '';
  const size = Math.round(Math.abs(share) * 100);
  if (size === 0) return '= 0 %';
  return `${share > 0 ? '↑' : '↓'} ${size > 999 ? '>999' : String(size)} %`;
}

/** A bar whose length shows a share of 1, in eighths of a column. */
export function bar(share: number | null, columns: number): string {
  if (share === null) return '';
  const eighths = Math.round(Math.min(1, Math.max(0, share)) * columns * 8);
  // What is more than nothing is seen.
  const seen = share > 0 ? Math.max(1, eighths) : 0;
  return '█'.repeat(Math.floor(seen / 8)) + (['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][seen % 8] ?? '');
}

/** A figure that may be unknown, in a column of figures. */
export function known(figure: number | null, show: (figure: number) => string): string {
  return figure === null ? '–' : show(figure);
}
