import { expect, it } from 'vitest';
import { ticks } from './scale.js';

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
