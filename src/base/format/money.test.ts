import { expect, it } from 'vitest';
import { usd, usdColumn } from './money.js';

it.each([
  [0, '0.00'],
  [0.00004, '0.0000'],
  [0.0123, '0.0123'],
  [0.1, '0.10'],
  [1234.567, '1,234.57'],
  [-1234.5, '-1,234.50'],
  [null, 'unknown'],
])('%s USD are written as %s', (amount, text) => expect(usd(amount)).toBe(text));

it('all amounts of a column have the decimals that its smallest amount needs', () => {
  const small = [12, 0.004, null];
  expect(small.map(usdColumn(small))).toEqual(['12.0000', '0.0040', 'unknown']);
  const large = [12, 0.5, 0];
  expect(large.map(usdColumn(large))).toEqual(['12.00', '0.50', '0.00']);
  const mixed = [284.761, 0.0044, 0.05, 0];
  expect(mixed.map(usdColumn(mixed))).toEqual(['284.76', '<0.01', '0.05', '0.00']);
});
