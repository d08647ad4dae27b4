import { expect, it } from 'vitest';
import { compact, grouped, plural } from './counts.js';

it('counts are written with thousands separators and plurals', () => {
  expect(grouped(1_234_567)).toBe('1,234,567');
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(1_000, 'batch', 'batches')).toBe('1,000 batches');
  expect(plural(null, 'commit')).toBe('unknown commits');
});

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1.0k'],
  [12_345, '12.3k'],
  [999_960, '1.0M'],
  [2_500_000_000, '2.5G'],
  [null, 'unknown'],
])('the count %s is shortened to %s', (count, text) => expect(compact(count)).toBe(text));
