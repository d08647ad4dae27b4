import { expect, it } from 'vitest';
import { fromStoreTime, storeTime } from './store-time.js';

it.each([
  [0, '1970-01-01 00:00:00.000'],
  [1, '1970-01-01 00:00:00.001'],
  // A leap day: 1970 to 2023 are 54 years with 13 leap days, and 59 days of 2024 came before.
  [(54 * 365 + 13 + 59) * 86_400_000, '2024-02-29 00:00:00.000'],
  [(54 * 365 + 13 + 60) * 86_400_000 - 1, '2024-02-29 23:59:59.999'],
  [(54 * 365 + 13 + 60) * 86_400_000 + ((9 * 60 + 5) * 60 + 7) * 1000 + 42, '2024-03-01 09:05:07.042'],
  [-1, '1969-12-31 23:59:59.999'],
  // A hook's time has fractions of a millisecond.
  [1234.9, '1970-01-01 00:00:01.234'],
])('storeTime formats %d ms since 1970 as %s', (ms, text) => {
  expect(storeTime(ms)).toBe(text);
  expect(fromStoreTime(text)).toBe(Math.trunc(ms));
});

it('storeTime throws for an invalid time, and formats the next one correctly', () => {
  expect(() => storeTime(NaN)).toThrow(RangeError);
  expect(storeTime(0)).toBe('1970-01-01 00:00:00.000');
});
