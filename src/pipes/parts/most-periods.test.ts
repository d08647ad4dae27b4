import { expect, it } from 'vitest';
import { hasTooManyPeriods, MOST_PERIODS, TOO_MANY_PERIODS } from './most-periods.js';

const now = Date.UTC(2026, 10, 29);
const DAY_MS = 86_400_000;

it.each([
  ['hourly', 36_500, true],
  // 50,000 hours are 2,083 days and 8 hours.
  ['hourly', 2_083, false],
  ['hourly', 2_084, true],
  ['daily', 36_500, false],
  ['weekly', 36_500, false],
  ['monthly', 36_500, false],
] as const)('%s periods of %i days are too many: %s', (period, days, tooMany) => {
  expect(hasTooManyPeriods(period, now - days * DAY_MS, now)).toBe(tooMany);
});

it('a trend may have every day of its range', () => {
  expect(hasTooManyPeriods('daily', Date.UTC(1900, 0), Date.UTC(2299, 11))).toBe(false);
});

it('the message contains the limit', () => {
  expect(TOO_MANY_PERIODS).toContain(MOST_PERIODS.toLocaleString('en'));
});
