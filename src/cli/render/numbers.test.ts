import { describe, expect, it } from 'vitest';
import { changeOf } from '../../base/format/changes.js';
import { bar, changeText } from './numbers.js';

it.each([
  [null, ''],
  [0.004, '= 0 %'],
  [0.27, '↑ 27 %'],
  [-0.5, '↓ 50 %'],
  [42, '↑ >999 %'],
])('the change %s is shown as "%s"', (share, text) => expect(changeText(changeOf(share))).toBe(text));

describe('a bar', () => {
  it('the length of a bar is the share, in eighths of a column', () => {
    expect(bar(1, 4)).toBe('████');
    expect(bar(0.5, 4)).toBe('██');
    expect(bar(0.53125, 4)).toBe('██▏');
    expect(bar(0, 4)).toBe('');
  });

  it('a share above zero is visible, and an unknown share shows nothing', () => {
    expect(bar(0.0001, 4)).toBe('▏');
    expect(bar(null, 4)).toBe('');
  });
});
