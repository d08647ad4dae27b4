import { describe, expect, it } from 'vitest';
import type { Column } from '../datafile/types.js';
import { csvRecords } from './csv.js';
import { planCsv } from './csv-row.js';

const column = (name: string, type: string, more: Partial<Column> = {}): Column => ({
  name,
  type,
  jsonPath: `$.${name}`,
  defaultExpression: undefined,
  materialized: undefined,
  codec: undefined,
  ...more,
});

/** The rows of a CSV for a table, or the reason why one is none. */
function rowsOf(columns: Column[], csv: string): unknown[] {
  const records = [...csvRecords(csv, {})];
  const { hasHeader, write } = planCsv(columns, records[0]!);
  return records.slice(hasHeader ? 1 : 0).map((record) => {
    try {
      return JSON.parse(write(record)) as unknown;
    } catch (error) {
      return (error as Error).message;
    }
  });
}

const table = [column('id', 'UInt32'), column('name', 'String'), column('note', 'Nullable(String)')];

describe('planCsv', () => {
  it('a header puts the columns into any order, and unknown columns are ignored', () => {
    expect(rowsOf(table, 'note,other,id,name\nn,x,1,a\n')).toEqual([{ id: 1, name: 'a', note: 'n' }]);
  });

  it('without a header, the cells are the columns in their order', () => {
    expect(rowsOf(table, '1,a,n\n2,b,\n')).toEqual([
      { id: 1, name: 'a', note: 'n' },
      { id: 2, name: 'b', note: null },
    ]);
  });

  it('a first row that happens to contain the name of one column is a row', () => {
    expect(rowsOf(table, '1,name,n\n')).toEqual([{ id: 1, name: 'name', note: 'n' }]);
  });

  it('columns without a JSON path may be left out together', () => {
    const filled = [...table, column('at', 'DateTime', { jsonPath: undefined, defaultExpression: 'now()' })];
    expect(rowsOf(filled, '1,a,n\n')).toEqual([{ id: 1, name: 'a', note: 'n' }]);
    expect(rowsOf(filled, '1,a,n,2026-01-01 00:00:00\n')).toEqual([
      { id: 1, name: 'a', note: 'n', at: '2026-01-01 00:00:00' },
    ]);
  });

  it('a row of another length and a torn one are named', () => {
    expect(rowsOf(table, 'id,name,note\n1,a\n1,a,b,c\n1,a,"b')).toEqual([
      'The row has 2 values, 3 are expected',
      'The row has 4 values, 3 are expected',
      'The row ends inside quotes',
    ]);
  });

  it.each<[string, string, unknown]>([
    ['UInt32', '7', 7],
    ['Int8', ' -7 ', -7],
    ['Int32', '1.5', '1.5'],
    ['UInt64', '18446744073709551615', '18446744073709551615'],
    ['Float64', '1e3', 1000],
    ['Float64', 'Infinity', 'Infinity'],
    ['Float64', '', ''],
    ['Nullable(Float64)', '', null],
    ['LowCardinality(Nullable(String))', '\\N', null],
    ['String', '', ''],
    ['String', ' x ', ' x '],
    ['Nullable(String)', '""', ''],
    ['Bool', 'TRUE', true],
    ['Bool', '0', false],
    ['Bool', 'yes', 'yes'],
    ['DateTime', '1767225600', 1767225600],
    ['DateTime', '2026-01-01 00:00:00', '2026-01-01 00:00:00'],
    ['DateTime64(3)', '1767225600.5', 1767225600.5],
    ['Date', '20260101', '20260101'],
    ['Array(String)', `"['a', 'it\\'s']"`, ['a', "it's"]],
    ['Array(UInt8)', '"[1, 2]"', [1, 2]],
    ['Map(String, UInt8)', `"{'a': 1}"`, { a: 1 }],
    ['JSON', '"{""a"":\n1}"', { a: 1 }],
    ['Array(UInt8)', '[1', '[1'],
    ['Decimal(10, 2)', '1.25', '1.25'],
  ])('%s: %s', (type, cell, expected) => {
    expect(
      rowsOf(
        [column('v', type), column('last', 'String')],
        `${cell.includes(',') && !cell.startsWith('"') ? `"${cell}"` : cell},z\n`,
      ),
    ).toEqual([{ v: expected, last: 'z' }]);
  });

  it('an empty cell of a column with a default is no value', () => {
    expect(rowsOf([column('v', 'UInt8', { defaultExpression: '5' }), column('w', 'String')], ',x\n')).toEqual(
      [{ w: 'x' }],
    );
  });
});
