import { expect, it } from 'vitest';
import { percent } from './shares.js';

it.each([
  [0, '0 %'],
  [0.001, '<1 %'],
  [0.994, '99 %'],
  [0.999, '>99 %'],
  [1, '100 %'],
  [null, 'unknown'],
])('the share %s is written as %s', (share, text) => expect(percent(share)).toBe(text));
