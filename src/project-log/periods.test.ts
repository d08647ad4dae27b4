import { describe, expect, it } from 'vitest';
import type { Period } from '../pipes/parts/period-names.js';
import { nextPeriod, periodStart } from './periods.js';

const at = (text: string) => Date.parse(text);

describe('periodStart', () => {
  it.each<[Period, string, string]>([
    ['hourly', '2026-03-09T10:59:59.999Z', '2026-03-09T10:00Z'],
    ['daily', '2026-03-09T23:59:59.999Z', '2026-03-09'],
    // 9 March 2026 is a Monday.
    ['weekly', '2026-03-08T23:59:59.999Z', '2026-03-02'],
    ['weekly', '2026-03-09T00:00:00.000Z', '2026-03-09'],
    ['weekly', '2026-03-15T23:59:59.999Z', '2026-03-09'],
    // ISO week 1 of 2026 begins in December 2025.
    ['weekly', '2026-01-01T12:00:00.000Z', '2025-12-29'],
    ['weekly', '1970-01-05T00:00:00.000Z', '1970-01-05'],
    ['monthly', '2028-02-29T12:00:00.000Z', '2028-02-01'],
    ['monthly', '2026-12-31T23:59:59.999Z', '2026-12-01'],
  ])('the %s period of %s begins at %s', (period, moment, start) => {
    expect(periodStart(at(moment), period)).toBe(at(start));
  });
});

describe('nextPeriod', () => {
  it.each<[Period, string, string]>([
    ['hourly', '2026-03-29T01:00Z', '2026-03-29T02:00Z'],
    ['daily', '2026-02-28', '2026-03-01'],
    ['weekly', '2025-12-29', '2026-01-05'],
    ['monthly', '2026-12-01', '2027-01-01'],
    ['monthly', '2028-02-01', '2028-03-01'],
  ])('the %s period after %s begins at %s', (period, start, next) => {
    expect(nextPeriod(at(start), period)).toBe(at(next));
  });
});
