import { describe, expect, it } from 'vitest';
import { isKind, isName, isUnit, isWord } from './word.js';

const shapes = { isWord, isName, isKind, isUnit };

describe.each(Object.entries(shapes))('%s', (_, isShaped) => {
  it('whatever may be a text, a path or a control sequence is refused', () => {
    const texts = [
      '',
      'two words',
      'a\nb',
      'a\tb',
      '/home/dev/x',
      'näme',
      'a\u001b[2J',
      '"a"',
      '$(id)',
      'a;b',
      'a?b=c',
    ];
    expect(texts.filter((text) => isShaped(text) && text !== '/home/dev/x')).toEqual([]);
  });

  it('a plain word is kept if it is not too long', () => {
    expect(isShaped('general-purpose')).toBe(true);
    expect(isShaped('x'.repeat(121))).toBe(false);
  });
});

it('a word, a name and a kind are never an absolute path', () => {
  expect([isWord, isName, isKind].filter((isShaped) => isShaped('/home/dev/x'))).toEqual([]);
});

it.each([
  ['1.0.0+build', { isWord: true, isName: true, isKind: false, isUnit: false }],
  ['feature/#12-login', { isWord: false, isName: true, isKind: false, isUnit: false }],
  ['claude-opus-4-8[1m]', { isWord: true, isName: true, isKind: false, isUnit: false }],
  ['rate_limit', { isWord: true, isName: true, isKind: true, isUnit: true }],
  ['{request}/s', { isWord: false, isName: false, isKind: false, isUnit: true }],
  ['42', { isWord: true, isName: true, isKind: false, isUnit: true }],
])('%s is a word of exactly these kinds', (text, expected) => {
  const is = Object.fromEntries(Object.entries(shapes).map(([shape, isShaped]) => [shape, isShaped(text)]));
  expect(is).toEqual(expected);
});

it('by default the longest word has 60 letters and the longest name 100', () => {
  expect([isWord('x'.repeat(60)), isWord('x'.repeat(61)), isWord('x'.repeat(41), 40)]).toEqual([
    true,
    false,
    false,
  ]);
  expect([isName('x'.repeat(100)), isName('x'.repeat(101)), isName('x'.repeat(101), 120)]).toEqual([
    true,
    false,
    true,
  ]);
});
