import { expect, it } from 'vitest';
import { standsOut } from './hint-rules.js';

// The bounds are worked out by hand from Wilson's formula with z = 1.2816.
it.each([
  [1, 5, false, 'fewer than ten calls'],
  [5, 9, false, 'fewer than ten calls'],
  [2, 10, false, 'it may be chance: the share is at least 8.6 %'],
  [3, 10, true, 'the share is at least 15.4 %'],
  [4, 20, true, 'the share is at least 11.1 %'],
  [19, 100, false, 'the share is below 20 %'],
  [20, 100, true, 'the share is at least 15.4 %'],
])('%i failures in %i calls of a tool are a hint: %s (%s)', (failures, calls, isHint) => {
  expect(standsOut('tool_failures', failures / calls, calls)).toBe(isHint);
});

it.each([
  [1, 1, false],
  [4, 4, false],
  [1, 5, false],
  [2, 5, true],
])('%i failures in %i uses of a skill are a hint: %s', (failures, uses, isHint) => {
  expect(standsOut('skill_failures', failures / uses, uses)).toBe(isHint);
});
