import { describe, expect, it } from 'vitest';
import { readSchema } from '../datafile/schema.js';
import { compileRowReader } from './row.js';

/** Reads one row into a table with a single column `c`. */
function read(type: string, row: unknown): unknown {
  const columns = readSchema(`c ${type.replace(/\)?$/, (end) => end)} \`json:$.c\``);
  const outcome = compileRowReader(columns).read(typeof row === 'string' ? row : JSON.stringify(row), 'id');
  const line = JSON.parse(outcome.line) as Record<string, unknown>;
  return outcome.kind === 'valid' ? { ok: line } : (line.c__error as string[])[0];
}

const value = (type: string, c: unknown) => read(type, { c });

describe('reading a row', () => {
  it.each([
    ['Int32', 5],
    ['Int8', -128],
    ['UInt8', 255],
    ['Float64', 1.5],
    ['Bool', true],
    ['String', ''],
    ['LowCardinality(String)', 'x'],
    ['Nullable(Int32)', null],
    ['LowCardinality(Nullable(String))', null],
    ['UUID', '123e4567-e89b-12d3-a456-426614174000'],
    ['IPv4', '10.0.0.1'],
    ['Date', '2024-02-29'],
    ['DateTime', '2024-01-01 10:00:00'],
    ['DateTime', '2026-01-20T18:51:37.686Z'],
    ["DateTime64(3, 'UTC')", '2026-01-20T18:51:37.686+02:00'],
    ['Array(Int32)', [1, 2]],
    ['Array(Nullable(Int32))', [1, null]],
    ['Map(String, UInt8)', { a: 1 }],
    ['Tuple(String, Int32)', ['a', 1]],
    ['Tuple(a String, b Int32)', { a: 'x', b: 1 }],
    ["Enum8('a' = 1, 'b\\'c' = 2)", "b'c"],
    ['JSON', { a: [1] }],
    ['FixedString(3)', 'abc'],
    ['Float32', 3.4e38],
    ['Point', [1, 2.5]],
    [
      'MultiPolygon',
      [
        [
          [
            [0, 0],
            [1, 0],
            [1, 1],
          ],
        ],
      ],
    ],
  ])('%s accepts %j', (type, c) => {
    expect(value(type, c)).toEqual({ ok: { c } });
  });

  it.each([
    ['Int32', '3'],
    ['Int32', 1.5],
    ['Int32', 3e10],
    ['UInt8', -1],
    ['Int8', 128],
    ['Float32', ''],
    ['Bool', 'true'],
    ['Bool', 1],
    ['Date', '2024-02-30'],
    ['Date', '1969-12-31'],
    ['DateTime', ''],
    ['DateTime', '2107-01-01 00:00:00'],
    ['DateTime', 1704067200000],
    ['DateTime', '2024-01-01 25:00:00'],
    ['Array(Int32)', 5],
    ['Array(Int32)', [1, null]],
    ['Array(Int32)', ['1']],
    ['Map(String, UInt8)', [1]],
    ['Map(String, UInt8)', { a: 256 }],
    ['Tuple(String, Int32)', ['a']],
    ["Enum8('a' = 1)", 'z'],
    ['JSON', [1]],
    ['FixedString(3)', 'abcd'],
    ['UUID', 'nope'],
    ['IPv4', '300.0.0.1'],
    ['UInt64', '-1'],
    ['UInt64', '18446744073709551616'],
    ['Decimal(4, 2)', '123.4'],
    ['Float32', 3.5e38],
    ['Point', [1]],
    ['String', '\ud800'],
  ])('%s refuses %j', (type, c) => {
    expect(value(type, c)).toMatch(/^value '.*' on column 'c' is not /s);
  });

  it('errors have Tinybird’s wording', () => {
    expect(value('Float32', '')).toBe("value '' on column 'c' is not Float32");
    expect(read('String', {})).toBe(
      "Strict type checking failed. Object does not have column 'c', you should send a value or recreate the table with a Nullable column type. While accessing jsonpath '$.c'",
    );
    expect(value('String', null)).toContain("Column 'c' is not Nullable");
    expect(read('String', '{"c":')).toContain('Invalid JSON');
    expect(read('String', '[1]')).toContain('Expected a JSON object');
  });

  it('integers above 2^53 are exact, as numbers and as text', () => {
    expect(compile('Int64').read('{"c":9007199254740993}', 'id').line).toBe('{"c":"9007199254740993"}');
    expect(value('UInt64', '18446744073709551615')).toEqual({ ok: { c: '18446744073709551615' } });
    expect(compile('String').read('{"c":{"id":9007199254740993}}', 'id').line).toBe(
      '{"c":"{\\"id\\":9007199254740993}"}',
    );
  });

  it('a value that is not a text is stored in a String as its JSON', () => {
    expect(value('String', { a: [1, 'x'] })).toEqual({ ok: { c: '{"a":[1,"x"]}' } });
    expect(value('String', 5)).toEqual({ ok: { c: '5' } });
    expect(value('String', true)).toEqual({ ok: { c: 'true' } });
  });

  it('numbers are accepted as times: seconds, and milliseconds for DateTime64', () => {
    expect(value('DateTime', 1704067200)).toEqual({ ok: { c: '2024-01-01 00:00:00' } });
    expect(value('DateTime64(3)', 1704067200123)).toEqual({ ok: { c: '2024-01-01 00:00:00.123' } });
    expect(value('DateTime64(3)', 1704067200)).toEqual({ ok: { c: '2024-01-01 00:00:00.000' } });
  });

  it('a missing or null value gets the default', () => {
    const reader = compileRowReader(readSchema('c Int32 `json:$.c` DEFAULT 7, d Nullable(Int32) `json:$.d`'));
    expect(reader.read('{}', 'id')).toMatchObject({ kind: 'valid', line: '{}' });
    expect(reader.read('{"c":null,"d":null}', 'id')).toMatchObject({ kind: 'valid', line: '{"d":null}' });
  });

  it('paths into objects and arrays are followed', () => {
    const schema = 'a String `json:$.m.s`, ids Array(Int32) `json:$.m.list[:].id`, raw String `json:$`';
    const line = '{"m":{"s":"x","list":[{"id":1},{"id":2}]}}';
    const outcome = compileRowReader(readSchema(schema)).read(line, 'id');
    expect(JSON.parse(outcome.line)).toEqual({ a: 'x', ids: [1, 2], raw: line });
  });

  it('paths into lists of lists are followed', () => {
    const schema =
      'grid Array(Array(Int32)) `json:$.grid[:][:]`, ids Array(Array(Int32)) `json:$.cells[:][:].id`';
    const line = '{"grid":[[1,2],[3]],"cells":[[{"id":4}],[],[{"id":5},{"id":6}]]}';
    const outcome = compileRowReader(readSchema(schema)).read(line, 'id');
    expect(JSON.parse(outcome.line)).toEqual({ grid: [[1, 2], [3]], ids: [[4], [], [5, 6]] });
    expect(compileRowReader(readSchema(schema)).read('{"grid":[1],"cells":[]}', 'id').kind).toBe(
      'quarantined',
    );
  });

  it('__proto__ is an ordinary name', () => {
    const line = '{"c":{"__proto__":{"a":"x"}}}';
    expect(compile('Map(String, String)').read('{"c":{"__proto__":"v"}}', 'id').line).toBe(
      '{"c":{"__proto__":"v"}}',
    );
    expect(compile('String').read(line, 'id').line).toBe(JSON.stringify({ c: '{"__proto__":{"a":"x"}}' }));
  });

  it('an invalid row is quarantined completely, with every reason and its values as text', () => {
    const reader = compileRowReader(
      readSchema('a Int32 `json:$.a`, b Int32 `json:$.b`, c String `json:$.c`'),
    );
    const outcome = reader.read('{"a":"x","b":{"z":1},"c":"fine"}', 'import-1');
    expect(JSON.parse(outcome.line)).toEqual({
      a: 'x',
      b: '{"z":1}',
      c: 'fine',
      c__error_column: ['a', 'b'],
      c__error: ["value 'x' on column 'a' is not Int32", `value '{"z":1}' on column 'b' is not Int32`],
      c__import_id: 'import-1',
    });
  });
});

function compile(type: string) {
  return compileRowReader(readSchema(`c ${type} \`json:$.c\``));
}
