import { expect, it } from 'vitest';
import { ticks, withoutEmptyStart } from './scale.js';

it.each([
  [0, [0]],
  [NaN, [0]],
  [0.5069675, [0, 0.2, 0.4, 0.6]],
  [4, [0, 1, 2, 3, 4]],
  [4.1, [0, 2, 4, 6]],
  [1234.5, [0, 500, 1000, 1500]],
])('the scale has lines up to at least %d', (largest, lines) => {
  const found = ticks(largest);
  expect(found).toHaveLength(lines.length);
  for (const [place, line] of lines.entries()) expect(found[place]).toBeCloseTo(line, 9);
});

it('a chart of all time begins with the first period that has requests', () => {
  const counts = (...all: number[]) => all.map((request_count) => ({ request_count }));
  expect(withoutEmptyStart(counts(0, 0, 3, 0, 1))).toEqual(counts(3, 0, 1));
  expect(withoutEmptyStart(counts(0, 0))).toEqual(counts(0));
  expect(withoutEmptyStart([])).toEqual([]);
});
