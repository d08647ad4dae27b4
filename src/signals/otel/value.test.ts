import { describe, expect, it } from 'vitest';
import { nanoTime, readEnum, readId, readNanos, readUnsigned } from './field.js';
import { readAttributes, readValue, textOf } from './value.js';

describe('a value', () => {
  it.each([
    [{ stringValue: 'text' }, 'text'],
    [{ stringValue: '' }, ''],
    [{ intValue: 42 }, 42],
    [{ intValue: '42' }, 42],
    [{ intValue: '9007199254740993' }, '9007199254740993'],
    [{ doubleValue: 0.5 }, 0.5],
    [{ doubleValue: '0.5' }, 0.5],
    [{ boolValue: true }, true],
    [{ boolValue: 'false' }, false],
    [{ bytesValue: 'aGk=' }, 'aGk='],
    [{ bytesValue: Buffer.from('hi') }, 'aGk='],
    [{ arrayValue: { values: [{ intValue: 1 }, { stringValue: 'a' }] } }, [1, 'a']],
    [{ arrayValue: {} }, []],
    [{}, null],
    [undefined, null],
    ['text', null],
    [{ intValue: 'many' }, null],
  ])('the value %o is read as %o', (shape, expected) => {
    expect(readValue(shape)).toEqual(expected);
  });

  it('half of a surrogate pair is dropped, because Tinybird would refuse it', () => {
    expect(readValue({ stringValue: 'cut \ud83d' })).toBe('cut \ufffd');
    expect([...readAttributes([{ key: 'k\ud83d', value: { stringValue: 'v' } }])]).toEqual([
      ['k\ufffd', 'v'],
    ]);
  });

  it('a value becomes the same text as in the OpenTelemetry Collector', () => {
    const nested = {
      kvlistValue: { values: [{ key: 'a', value: { arrayValue: { values: [{ intValue: '1' }] } } }] },
    };
    expect(textOf(readValue(nested))).toBe('{"a":[1]}');
    expect([0.5, 42, true, null, 'x'].map(textOf)).toEqual(['0.5', '42', 'true', '', 'x']);
  });

  it('nesting is cut off at a depth limit', () => {
    let shape: unknown = { stringValue: 'deep' };
    for (let depth = 0; depth < 1_000; depth += 1) shape = { arrayValue: { values: [shape] } };
    expect(textOf(readValue(shape))).toMatch(/^\[+null\]+$/);
  });
});

describe('attributes', () => {
  it('a repeated key has its last value, and an attribute without a key is dropped', () => {
    const pair = (key: unknown, stringValue: string) => ({ key, value: { stringValue } });
    const read = readAttributes([pair('a', '1'), pair('', '2'), pair(7, '3'), null, pair('a', '4')]);
    expect([...read]).toEqual([['a', '4']]);
    expect(readAttributes('none').size).toBe(0);
  });
});

describe('an id', () => {
  it.each([
    ['8b133e145a66a6a5', '8b133e145a66a6a5'],
    ['8B133E145A66A6A5', '8b133e145a66a6a5'],
    [Buffer.from('8b133e145a66a6a5', 'hex'), '8b133e145a66a6a5'],
    [Buffer.from('8b133e145a66a6a5', 'hex').toString('base64'), '8b133e145a66a6a5'],
    ['0000000000000000', ''],
    ['8b13', ''],
    ['', ''],
    [undefined, ''],
    [42, ''],
  ])('the id %o is read as "%s"', (value, expected) => {
    expect(readId(value, 8)).toBe(expected);
  });
});

describe('a time', () => {
  it('a time keeps its nanoseconds', () => {
    expect(nanoTime(readNanos('1795171772514000123'))).toBe('2026-11-20T10:49:32.514000123Z');
  });

  it('an invalid time is read as 0', () => {
    expect([readNanos(undefined), readNanos('soon'), readNanos(-1), readNanos(Infinity)]).toEqual([
      0n,
      0n,
      0n,
      0n,
    ]);
  });
});

describe('numbers and enumerations', () => {
  it('numbers and enumeration values that do not fit are read as 0', () => {
    expect([readUnsigned(255, 8), readUnsigned(256, 8), readUnsigned('7', 8), readUnsigned(-1, 8)]).toEqual([
      255, 0, 7, 0,
    ]);
  });

  it('enumeration values are read by number and by name', () => {
    const names = ['KIND_UNSPECIFIED', 'KIND_ONE'];
    expect([
      readEnum(1, names),
      readEnum('KIND_ONE', names),
      readEnum('ODD', names),
      readEnum(9, names),
    ]).toEqual([1, 1, 0, 0]);
  });
});
