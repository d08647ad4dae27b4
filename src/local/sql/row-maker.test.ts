import { describe, expect, it } from 'vitest';
import { readRowMakers } from './dump.js';
import { lexSql } from './lexer.js';
import { checkRowMaker } from './row-maker.js';
import { shapeOf } from './shape.js';

describe('checkRowMaker', () => {
  it.each([
    'a UInt8',
    "a UInt8, `b c` Nullable(String),\n c Enum8('x' = 1), d DateTime64(3, 'UTC'), e Array(Tuple(x UInt8))",
  ])('the columns %s are accepted', (text) => {
    expect(() => {
      checkRowMaker('values', { text });
    }).not.toThrow();
  });

  it.each([
    '',
    '/srv/planted.txt',
    "a UInt8 DEFAULT file('x')",
    "a UInt8(1) DEFAULT file('x')",
    "a String MATERIALIZED file('x')",
    "a String ALIAS file('x')",
    "a String EPHEMERAL file('x')",
    'a String DEFAULT NULL, b String CODEC(LZ4)',
    'a UInt8 -- comment',
    'a',
    'a UInt8, b String TTL now()',
  ])('the text %s is refused', (text) => {
    expect(() => {
      checkRowMaker('generateRandom', { text });
    }).toThrow('is not allowed like this');
  });

  it('a value goes for values() alone, and a name for none', () => {
    expect(() => {
      checkRowMaker('values', 'value');
    }).not.toThrow();
    expect(() => {
      checkRowMaker('generateRandom', 'value');
    }).toThrow('is not allowed like this');
    expect(() => {
      checkRowMaker('values', undefined);
    }).toThrow('is not allowed like this');
  });
});

it('two queries with other columns have different shapes', () => {
  const shape = (sql: string) => shapeOf(lexSql(sql));
  expect(shape("SELECT * FROM values('a UInt8', 1)")).not.toBe(
    shape("SELECT * FROM values('a UInt8 DEFAULT 2', 1)"),
  );
});

describe('readRowMakers', () => {
  const dump = (first: string) => `QUERY id: 0
  JOIN TREE
    TABLE_FUNCTION id: 3, alias: x, table_function_name: values
      ARGUMENTS
        LIST id: 4, nodes: 2
          ${first}
          CONSTANT id: 6, constant_value: 'x', constant_value_type: String`;

  it.each([
    [
      String.raw`CONSTANT id: 5, constant_value: 'a Enum8(\'x\' = 1)', constant_value_type: String`,
      { text: "a Enum8('x' = 1)" },
    ],
    [String.raw`CONSTANT id: 5, constant_value: 'a \\', constant_value_type: String`, undefined],
    [
      "CONSTANT id: 5, constant_value: Tuple_(UInt64_1, 'x'), constant_value_type: Tuple(UInt8, String)",
      'value',
    ],
    ['CONSTANT id: 5, constant_value: UInt64_1, constant_value_type: UInt8', 'value'],
    ['FUNCTION id: 5, function_name: tuple, function_type: ordinary', 'value'],
    ["CONSTANT id: 5, alias: q, constant_value: 'a UInt8', constant_value_type: String", undefined],
    ['IDENTIFIER id: 5, identifier: x', undefined],
  ])('with %s first, that is %j', (first, read) => {
    expect(readRowMakers(dump(first))).toEqual([{ name: 'values', first: read }]);
  });

  it('without arguments there is nothing', () => {
    expect(readRowMakers('JOIN TREE\n  TABLE_FUNCTION id: 3, table_function_name: generateRandom')).toEqual([
      { name: 'generateRandom', first: undefined },
    ]);
  });
});
