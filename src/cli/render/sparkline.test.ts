import { expect, it } from 'vitest';
import { sparkline } from './sparkline.js';

it('is as high as each value is of the largest', () => {
  expect(sparkline([0, 1, 4, 7])).toBe('▁▂▅█');
});

it('keeps what is not nothing off the ground, and leaves a gap where nothing is known', () => {
  expect(sparkline([1_000_000, 1, null])).toBe('█▂ ');
});

it('is flat where nothing happened', () => {
  expect(sparkline([0, 0])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});

it('takes more values than a call takes arguments', () => {
  expect(sparkline(Array.from({ length: 200_000 }, () => 1))).toHaveLength(200_000);
});
