import { expect, it } from 'vitest';
import { sparkline } from './sparkline.js';

it('the height of a character is the value relative to the largest', () => {
  expect(sparkline([0, 1, 4, 7])).toBe('▁▂▅█');
});

it('a value above zero is higher than zero, and an unknown value is a gap', () => {
  expect(sparkline([1_000_000, 1, null])).toBe('█▂ ');
});

it('a line of zeros is flat', () => {
  expect(sparkline([0, 0])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});

it('a sparkline may have more values than a function call takes arguments', () => {
  expect(sparkline(Array.from({ length: 200_000 }, () => 1))).toHaveLength(200_000);
});
