import { describe, expect, it } from 'vitest';
import { broken, fit, hanging, plain, whole, width, wrap } from './text.js';

describe('the width of a text', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['日本', 4],
    ['🚀', 2],
    ['█▌–→', 4],
    ['\u001b[31mred\u001b[39m', 3],
  ])('the width of "%s" is %i', (text, columns) => expect(width(text)).toBe(columns));
});

it('a text is cut at the width, but never within a wide letter', () => {
  expect(fit('abcdef', 6)).toBe('abcdef');
  expect(fit('abcdefg', 6)).toBe('abcde…');
  expect(fit('日本語', 5)).toBe('日本…');
  expect(fit('日本語', 4)).toBe('日…');
});

it('invisible characters are made visible', () => {
  expect(plain('a\u001b]0;title\u0007\u200b\u2028b')).toBe('a�]0;title���b');
});

it('further lines are aligned with the beginning of the first', () => {
  expect(hanging('1. ', 'one two three', 11)).toEqual(['1. one two', '   three']);
  expect(hanging('\u001b[2mName\u001b[22m  ', '', 11)).toEqual(['\u001b[2mName\u001b[22m  ']);
});

it('lines are broken at blanks', () => {
  expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
  expect(wrap('one two three', 9, '  ')).toEqual(['  one two', '  three']);
});

it('a word longer than a line is cut, unless it is there to be copied or read', () => {
  expect(wrap('an unbreakable word', 8)).toEqual(['an', 'unbreak…', 'word']);
  expect(wrap('an unbreakable word', 8, '  ')).toEqual(['  an', '  unbre…', '  word']);
  expect(wrap('an unbreakable word', 8, '', whole)).toEqual(['an', 'unbreakable', 'word']);
  expect(wrap('an unbreakable word', 8, '', broken)).toEqual(['an', 'unbreaka', 'ble word']);
  expect(wrap('文書レビュー担当', 7, '', broken)).toEqual(['文書レ', 'ビュー', '担当']);
  expect(hanging('1. ', 'unbreakable', 8)).toEqual(['1. unbr…']);
});
