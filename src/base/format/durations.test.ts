import { expect, it } from 'vitest';
import { duration } from './durations.js';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [999.6, '1.0 s'],
  [59_940, '59.9 s'],
  [59_960, '1 min'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
  [86_400_000, '1 d'],
  [90_000_000, '1 d 1 h'],
  [null, 'unknown'],
])('%s ms are written as %s', (ms, text) => expect(duration(ms)).toBe(text));
