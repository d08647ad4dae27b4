import { describe, expect, it } from 'vitest';
import { bar, change, compact, percent } from './numbers.js';

it.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1.0k'],
  [12_345, '12.3k'],
  [999_960, '1.0M'],
  [2_500_000_000, '2.5G'],
  [null, 'unknown'],
])('shortens %s to %s', (count, text) => expect(compact(count)).toBe(text));

it.each([
  [0, '0 %'],
  [0.001, '<1 %'],
  [0.994, '99 %'],
  [0.999, '>99 %'],
  [1, '100 %'],
  [null, 'unknown'],
])('writes the share %s as %s', (share, text) => expect(percent(share)).toBe(text));

it.each([
  [null, ''],
  [0.004, '= 0 %'],
  [0.27, '↑ 27 %'],
  [-0.5, '↓ 50 %'],
  [42, '↑ >999 %'],
])('writes the change %s as "%s"', (share, text) => expect(change(share)).toBe(text));

describe('a bar', () => {
  it('is as long as the share, in eighths', () => {
    expect(bar(1, 4)).toBe('████');
    expect(bar(0.5, 4)).toBe('██');
    expect(bar(0.53125, 4)).toBe('██▏');
    expect(bar(0, 4)).toBe('');
  });

  it('shows what is more than nothing, and nothing of what is unknown', () => {
    expect(bar(0.0001, 4)).toBe('▏');
    expect(bar(null, 4)).toBe('');
  });
});
