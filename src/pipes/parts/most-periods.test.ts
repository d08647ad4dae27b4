import { expect, it } from 'vitest';
import { hasTooManyPeriods, MOST_PERIODS, TOO_MANY_PERIODS } from './most-periods.js';

const now = Date.UTC(2026, 10, 29);
const DAY_MS = 86_400_000;

it.each([
  ['hourly', 36_500, true],
  // 5,000 hours are 208 days and 8 hours.
  ['hourly', 208, false],
  ['hourly', 209, true],
  ['daily', 5_000, false],
  ['daily', 5_001, true],
  ['weekly', 36_500, false],
  ['monthly', 36_500, false],
] as const)('%s periods of %i days are too many: %s', (period, days, tooMany) => {
  expect(hasTooManyPeriods(period, now - days * DAY_MS, now)).toBe(tooMany);
});

it('a trend may have every month of its range, 1971 to 2099', () => {
  expect(hasTooManyPeriods('monthly', Date.UTC(1900, 0), Date.UTC(2299, 11))).toBe(false);
});

it('the message contains the limit', () => {
  expect(TOO_MANY_PERIODS).toContain(MOST_PERIODS.toLocaleString('en'));
});
