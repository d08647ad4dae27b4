import { describe, expect, it } from 'vitest';
import { bar, change } from './numbers.js';

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
