import { describe, expect, it } from 'vitest';
import { parseExactly } from './exact-json.js';

describe('parseExactly', () => {
  it.each([
    // 2^53 and its neighbours.
    ['9007199254740992', 9007199254740992],
    ['9007199254740993', '9007199254740993'],
    ['-9007199254740993', '-9007199254740993'],
    // The largest UInt64 and UInt128.
    ['18446744073709551615', '18446744073709551615'],
    ['340282366920938463463374607431768211455', '340282366920938463463374607431768211455'],
    ['12345678901234567890.123', '12345678901234567890.123'],
    // The shortest decimal form of a Float64 is already exact.
    ['0.30000000000000004', 0.1 + 0.2],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['0.10000000000000000000', 0.1],
    ['100000000000000000000', 1e20],
    ['1', 1],
  ])('parseExactly reads %s', (text, value) => {
    expect(parseExactly(`{"n":[${text},{"of":${text}}]}`)).toEqual({ n: [value, { of: value }] });
  });

  it('parseExactly leaves strings unchanged', () => {
    const value = { '9007199254740993': 'a "9007199254740993\\', 'then \\"': ['9007199254740995', 1] };
    expect(parseExactly(JSON.stringify(value))).toEqual(value);
  });

  it('parseExactly refuses text that is not JSON', () => {
    for (const text of ['', '{"n": 9007199254740993', '"9007199254740993', '<p>9007199254740993</p>'])
      expect(() => parseExactly(text)).toThrow(SyntaxError);
  });
});
