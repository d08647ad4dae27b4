/** The option `--older-than`: an age. */
import { UsageError } from './options.js';

const HOUR_MS = 3600_000;
const units = { h: HOUR_MS, d: 24 * HOUR_MS, w: 7 * 24 * HOUR_MS } as const;

/** An age in milliseconds. @throws {UsageError} */
export function ageOf(text: string): number {
  const [, amount, unit] = /^(\d+)([hdw])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined)
    throw new UsageError(`--older-than takes hours, days or weeks, like 12h, 90d or 4w; not ${text}`);
  return Number(amount) * units[unit as keyof typeof units];
}
