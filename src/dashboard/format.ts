/** How figures, times and names are written, by the same rules as in the terminal. */
import { storeMoment } from '../store-time.js';

/** What stands for a figure that nobody knows. */
export const UNKNOWN = 'unknown';

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12,345`. */
export function grouped(count: number | null): string {
  return count === null ? UNKNOWN : whole.format(count);
}

/** `842`, `12.4k`, `3.1M`, `1.2G`. */
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
  return whole.format(count);
}

const isSmall = (amount: number | null) => amount !== null && amount !== 0 && Math.abs(amount) < 0.1;

/** An amount of USD: two decimals from ten cents on, four below. */
export function usd(amount: number | null): string {
  return usdColumn([amount])(amount);
}

/** Writes the amounts of one column with the same number of decimals: four if one of them needs them. */
export function usdColumn(amounts: readonly (number | null)[]): (amount: number | null) => string {
  const digits = amounts.some(isSmall) ? 4 : 2;
  const money = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return (amount) => (amount === null ? UNKNOWN : money.format(amount));
}

/** A share of 1 as a percentage. Only what is all is 100 %, and only what is nothing is 0 %. */
export function percent(share: number | null): string {
  if (share === null) return UNKNOWN;
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return '>99 %';
  if (rounded === 0 && share > 0) return '<1 %';
  return `${whole.format(rounded)} %`;
}

/** `340 ms`, `12.3 s`, `4 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return two(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1_440) return two(minutes, 60, 'h', 'min');
  return two(Math.round(minutes / 60), 24, 'd', 'h');
}

function two(count: number, size: number, big: string, small: string): string {
  const rest = count % size;
  return `${Math.floor(count / size)} ${big}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** `1 request`, `2 requests`, `unknown requests`. */
export function plural(count: number | null, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** A stored name as a page may show it: what steers the direction or the line of a text becomes a visible mark. */
export function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}

const dayTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const wholeMoment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** `20 Nov, 10:49`, in the browser's time zone. */
export function dayAndTime(at: Date): string {
  return dayTime.format(at);
}

/** The same of a time as the store tells it. */
export function moment(stored: string | null): string {
  return stored === null ? UNKNOWN : dayAndTime(storeMoment(stored));
}

/** `20 Nov 2026, 10:49:12`. */
export function exactMoment(stored: string | null): string {
  return stored === null ? UNKNOWN : wholeMoment.format(storeMoment(stored));
}

/** `10:49:12`. */
export function clock(at: Date): string {
  return timeOfDay.format(at);
}
