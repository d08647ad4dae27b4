import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { readParquet as read } from '../../../tests/helpers/parquet.js';
import { ParquetTable, type ParquetRow } from './table.js';

function fileOf(rows: readonly ParquetRow[], table = new ParquetTable()): Uint8Array<ArrayBuffer> {
  for (const row of rows) table.add(row);
  expect(table.rows).toBe(rows.length);
  return table.take();
}

/** Leaves out nulls, since a column of only nulls is not written, and the sign of -0, since integers have none. */
const plain = (rows: readonly ParquetRow[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) =>
        value === null ? [] : [[name, value === 0 ? 0 : value]],
      ),
    ),
  );

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 3 });
const row = fc.record({
  id: fc.string({ unit: 'binary-ascii' }),
  name: fc.constantFrom('', 'main', 'é', '☃😀', 'a"b\\c\n'),
  same: fc.constant('the same'),
  count: fc.integer(),
  large: maybe(fc.maxSafeInteger()),
  cost: maybe(fc.double({ noNaN: true, noDefaultInfinity: true })),
  text: maybe(fc.string({ unit: 'grapheme' })),
  ok: maybe(fc.boolean()),
  one: fc.constant(1),
  models: fc.array(fc.constantFrom('', 'opus', 'haïku'), { maxLength: 3 }),
});

describe('a table as a Parquet file', () => {
  it('another reader reads back the same rows, for any content and length', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
        expect(plain(await read(fileOf(rows)))).toEqual(plain(rows));
      }),
      { numRuns: 300 },
    );
  });

  it('another reader reads back the same rows for long runs of equal rows', async () => {
    const runs = fc.array(fc.tuple(row, fc.integer({ min: 1, max: 90 })), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(runs, async (given) => {
        const rows = given.flatMap(([one, times]) => Array.from({ length: times }, () => one));
        expect(plain(await read(fileOf(rows)))).toEqual(plain(rows));
      }),
      { numRuns: 200 },
    );
  });

  it('a table starts a new file after take(), with the same columns', async () => {
    const table = new ParquetTable();
    const first = fileOf([{ a: 'x', b: 1 }], table);
    const second = fileOf(
      [
        { a: 'y', b: null },
        { a: 'y', b: null },
      ],
      table,
    );
    expect(await read(first)).toEqual([{ a: 'x', b: 1 }]);
    expect(await read(second)).toEqual([
      { a: 'y', b: null },
      { a: 'y', b: null },
    ]);
  });

  it('a column that a row leaves out is null, also in rows before its first value', async () => {
    expect(await read(fileOf([{ a: 'x' }, { b: 2 }, { a: 'z', b: undefined }]))).toEqual([
      { a: 'x', b: null },
      { a: null, b: 2 },
      { a: 'z', b: null },
    ]);
  });

  it('a column with only nulls is left out, because its type is unknown', async () => {
    const table = new ParquetTable();
    const rows = [{ a: 'x', b: null }];
    expect(await read(fileOf(rows, table))).toEqual([{ a: 'x' }]);
    expect(await read(fileOf([{ a: 'x', b: 1 }], table))).toEqual([{ a: 'x', b: 1 }]);
  });

  it('NaN and Infinity become null', async () => {
    expect(await read(fileOf([{ a: NaN }, { a: 0.5 }, { a: -Infinity }]))).toEqual([
      { a: null },
      { a: 0.5 },
      { a: null },
    ]);
  });

  it.each([3_000, 70_000])('%i mostly distinct texts are written in plain encoding', async (count) => {
    const rows = Array.from({ length: count }, (_, n) => ({
      id: `id-${n}-${'é'.repeat(n % 3)}`,
      some: `some ${n % 700}`,
      first: n < 1_500 ? 'first' : `later ${n}`,
    }));
    const file = fileOf(rows);
    expect(await read(file)).toEqual(rows);
    // Repeated texts are in the file once.
    expect(Buffer.from(file).toString('latin1').split('some 699').length - 1).toBe(1);
  });

  it('integers get the smallest type that holds them', async () => {
    const rows = [
      {
        short: -(2 ** 31),
        long: 2 ** 31,
        real: 1e300,
        flag: 255,
        count: 256,
        tokens: 65_536,
        total: 2 ** 31,
      },
      { short: 2 ** 31 - 1, long: -(2 ** 53 - 1), real: 1, flag: 0, count: 65_535, tokens: 0, total: 0 },
    ];
    const file = fileOf(rows);
    const { schema } = parquetMetadata(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
    expect(schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type])).toEqual([
      ['short', 'INT32', undefined],
      ['long', 'INT64', undefined],
      ['real', 'DOUBLE', undefined],
      ['flag', 'INT32', 'UINT_8'],
      ['count', 'INT32', 'UINT_16'],
      ['tokens', 'INT32', 'UINT_32'],
      ['total', 'INT64', 'UINT_64'],
    ]);
    expect(await read(file)).toEqual(rows);
  });

  it.each<[string, ParquetRow[]]>([
    ['Column "a": it holds strings, not a number', [{ a: 'x' }, { a: 1 }]],
    ['Column "a": it holds numbers, not a list', [{ a: 1 }, { a: ['x'] }]],
    ['Column "a": it cannot hold a value of the type object', [{ a: {} }]],
    ['Column "a": a list holds texts alone', [{ a: [1] }]],
    ['Column "a": a list cannot be null', [{ a: ['x'] }, { a: null }]],
    ['Column "a": a list cannot be null', [{ b: 1 }, { a: ['x'] }]],
  ])('a value that does not fit is refused: %s', (message, rows) => {
    const table = new ParquetTable();
    expect(() => rows.forEach((one) => table.add(one))).toThrow(new TypeError(message));
  });
});
