import { describe, expect, it } from 'vitest';
import type { Column } from '../datafile/types.js';
import { planFile } from './file.js';

const column = (name: string, type: string, more: Partial<Column> = {}): Column => ({
  name,
  type,
  jsonPath: type.startsWith('Array(') ? `$.${name}[:]` : `$.${name}`,
  defaultExpression: undefined,
  materialized: undefined,
  codec: undefined,
  ...more,
});

/**
 * Why the engine must not convert a column of the file to one of the table; undefined if rows are checked one by one.
 */
const doubts = (from: string, to: string, more?: Partial<Column>) =>
  planFile([column('v', to, more)], [{ name: 'v', type: from }])?.doubts;

describe('a column of a file that the engine converts', () => {
  it.each([
    ['UInt8', 'UInt32'],
    ['UInt32', 'Int64'],
    ['Int8', 'Int8'],
    ['UInt64', 'Float64'],
    ['Bool', 'Bool'],
    ['UInt32', 'LowCardinality(UInt32)'],
    ['UInt32', 'SimpleAggregateFunction(max, UInt32)'],
    ['Array(UInt8)', 'Array(UInt16)'],
  ])('all values of a column fit: %s as %s', (from, to) => {
    expect(doubts(from, to)).toEqual([]);
  });

  it.each([
    ['Int64', 'UInt32', ['`v` < 0', '`v` > 4294967295']],
    ['UInt64', 'Int64', ['`v` > 9223372036854775807']],
    ['Int8', 'UInt64', ['`v` < 0']],
    ['String', 'LowCardinality(String)', ["NOT isValidUTF8(concatWithSeparator(' ', `v`, ''))"]],
    ['Float64', 'Float32', ['NOT isFinite(`v`)']],
    ['Array(String)', 'Array(String)', ['arrayExists(item -> NOT isValidUTF8(item), `v`)']],
    ['Array(Nullable(UInt8))', 'Array(UInt8)', ['arrayExists(item -> isNull(item), `v`)']],
    [
      'Map(String, UInt8)',
      'Map(LowCardinality(String), UInt8)',
      ['arrayExists(item -> NOT isValidUTF8(item), mapKeys(`v`))'],
    ],
    [
      "DateTime64(6, 'UTC')",
      'DateTime',
      ['toUnixTimestamp64Milli(`v`) < 0', 'toUnixTimestamp64Milli(`v`) >= 4294967296000'],
    ],
    [
      'String',
      'DateTime64(3)',
      [
        "ifNull(toString(toDateTime64OrNull(`v`, 3, 'UTC')) != `v`, 1)",
        // 1900-01-01 and 2300-01-01
        "ifNull(toUnixTimestamp64Milli(toDateTime64OrNull(`v`, 3, 'UTC')) < -2208988800000, 0)",
        "ifNull(toUnixTimestamp64Milli(toDateTime64OrNull(`v`, 3, 'UTC')) >= 10413792000000, 0)",
      ],
    ],
  ])('the values must be checked: %s as %s', (from, to, expected) => {
    expect(doubts(from, to)).toEqual(expected);
  });

  it('nulls are only allowed if the table has a value for them', () => {
    expect(doubts('Nullable(Int16)', 'UInt32')).toEqual(['ifNull(`v` < 0, 0)', 'isNull(`v`)']);
    expect(doubts('Nullable(Int16)', 'UInt32', { defaultExpression: '7' })).toEqual(['ifNull(`v` < 0, 0)']);
    expect(doubts('Nullable(Int16)', 'Nullable(UInt32)')).toEqual(['ifNull(`v` < 0, 0)']);
    expect(doubts('Nullable(String)', 'LowCardinality(Nullable(String))')).toEqual([
      "NOT isValidUTF8(concatWithSeparator(' ', ifNull(`v`, ''), ''))",
    ]);
    expect(doubts('Nullable(String)', 'String')).toEqual([
      'isNull(`v`)',
      "NOT isValidUTF8(concatWithSeparator(' ', ifNull(`v`, ''), ''))",
    ]);
    expect(doubts('Int16', 'Nullable(UInt32)')).toEqual(['`v` < 0']);
  });
});

it.each([
  ['String', 'UInt32'],
  ['Float64', 'UInt32'],
  ['UInt8', 'Bool'],
  ['Bool', 'UInt8'],
  ['UInt32', 'DateTime'],
  ['UInt32', 'String'],
  ['FixedString(4)', 'String'],
  ['String', 'FixedString(4)'],
  ['String', 'UUID'],
  ['Decimal(9, 2)', 'Decimal(9, 2)'],
  ['UInt64', 'UInt128'],
  ['Array(Array(String))', 'Array(Array(String))'],
  ['Tuple(a UInt8)', 'Tuple(a UInt8)'],
])('rows are checked one by one for %s as %s', (from, to) => {
  expect(doubts(from, to)).toBeUndefined();
});

describe('a plan for a file', () => {
  const table = [
    column('id', 'UInt32'),
    column('named', 'UInt32', { jsonPath: '$.other' }),
    column('kept', 'UInt32', { defaultExpression: '1' }),
    column('maybe', 'Nullable(UInt32)'),
    column('inner', 'UInt32', { jsonPath: undefined }),
  ];
  const id = { name: 'id', type: 'UInt32' };
  const other = { name: 'other', type: 'UInt32' };

  it('the plan names the columns of the file and of the table', () => {
    expect(planFile(table, [other, id, { name: 'strange', type: 'JSON' }, { ...id, name: 'inner' }])).toEqual(
      {
        columns: [
          { from: '`id`', to: '`id`' },
          { from: '`other`', to: '`named`' },
        ],
        doubts: [],
      },
    );
  });

  it('a file that lacks a required column has no plan', () => {
    expect(planFile(table, [id])).toBeUndefined();
  });

  it('a file has no plan if a path leads into a value', () => {
    expect(planFile([column('id', 'UInt32', { jsonPath: '$.a.id' })], [id])).toBeUndefined();
    expect(planFile([column('id', 'UInt32', { jsonPath: '$' })], [id])).toBeUndefined();
  });
});
