/** Limits the number of periods of a trend. */
import type { Period } from './period-names.js';

/** The most rows of a trend: the days of 13 years, or the hours of 208 days. */
export const MOST_PERIODS = 5_000;

/** The error for a trend with more rows. */
export const TOO_MANY_PERIODS =
  'a trend has at most 5,000 periods: ask for a shorter window or for longer periods';

const HOUR_MS = 3_600_000;

/** The shortest possible length of each period, milliseconds. */
const lengths: Readonly<Record<Period, number>> = {
  hourly: HOUR_MS,
  daily: 24 * HOUR_MS,
  weekly: 7 * 24 * HOUR_MS,
  monthly: 28 * 24 * HOUR_MS,
};

/** Trends are limited to these years. */
const FIRST_MS = Date.UTC(1971, 0);
const END_MS = Date.UTC(2100, 0);

/** Whether a window has more periods than a trend has rows; bounds in milliseconds since 1970. */
export function hasTooManyPeriods(period: Period, from: number, to: number): boolean {
  return lengthInPeriods(period, from, to) > MOST_PERIODS;
}

/** The most periods that a window can touch; bounds in milliseconds since 1970. */
export function mostPeriodsIn(period: Period, from: number, to: number): number {
  return Math.ceil(lengthInPeriods(period, from, to)) + 1;
}

function lengthInPeriods(period: Period, from: number, to: number): number {
  return (Math.min(to, END_MS) - Math.max(from, FIRST_MS)) / lengths[period];
}
