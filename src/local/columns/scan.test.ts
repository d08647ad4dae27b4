import { describe, expect, it } from 'vitest';
import { readSchema } from '../datafile/schema.js';
import { compileRowReader } from './row.js';

const columns = readSchema(`
  id String \`json:$.id\`,
  at DateTime64(3) \`json:$.at\`,
  day DateTime \`json:$.day\` DEFAULT now(),
  kind LowCardinality(String) \`json:$.kind\` DEFAULT 'none',
  small UInt8 \`json:$.small\`,
  signed Int32 \`json:$.signed\`,
  large UInt64 \`json:$.large\`,
  cost Nullable(Float64) \`json:$.cost\`,
  note Nullable(String) \`json:$.note\`,
  names Array(LowCardinality(String)) \`json:$.names[:]\`
`);
const reader = compileRowReader(columns);

const row = {
  id: 'a "b" \\ c\n',
  at: '2026-10-30 02:05:12.401',
  day: '2026-10-30T02:05:12Z',
  kind: 'tool_call',
  small: 255,
  signed: -12,
  large: 1793328389680,
  cost: 0.067643,
  note: null,
  names: ['x', 'y'],
};

function passes(line: string): boolean {
  const body = Buffer.from(`before\n${line}\nbehind`);
  return reader.passes(body, 7, 7 + Buffer.byteLength(line));
}

const withRow = (changed: Record<string, unknown>) => JSON.stringify({ ...row, ...changed });

describe('a row that is passed to the engine unchanged', () => {
  it.each([
    ['as our own senders write it', JSON.stringify(row)],
    ['with its keys in another order', JSON.stringify(Object.fromEntries(Object.entries(row).reverse()))],
    [
      'without what may be left out',
      JSON.stringify({ ...row, day: undefined, kind: undefined, cost: undefined }),
    ],
    ['with an empty list and empty texts', withRow({ names: [], id: '', kind: '' })],
    [
      'with the largest and the smallest numbers',
      withRow({ small: 0, signed: -(2 ** 31), large: 999_999_999_999_999 }),
    ],
    ['with a number without a fraction', withRow({ cost: -3 })],
  ])('a row %s is passed on unchanged', (_name, line) => {
    expect(passes(line)).toBe(true);
    expect(reader.read(line, 'id')).toEqual({ kind: 'valid', line: expect.any(String) as string });
  });

  it.each([
    ['a space between', JSON.stringify(row, null, 1).replaceAll('\n', '')],
    ['a key that is no column', withRow({ more: 1 })],
    ['a key twice', JSON.stringify(row).replace('{', '{"small":1,')],
    ['a column missing', JSON.stringify({ ...row, id: undefined })],
    ['null where there is no null', withRow({ kind: null })],
    ['a text for a number', withRow({ small: '5' })],
    ['a number for a text', withRow({ id: 5 })],
    ['a number that is too large', withRow({ small: 256 })],
    ['a number that is too small', withRow({ signed: -(2 ** 31) - 1 })],
    ['a number below zero where there is none', withRow({ small: -1 })],
    ['digits that no number holds', JSON.stringify(row).replace('1793328389680', '9007199254740993')],
    ['a zero in front', JSON.stringify(row).replace('-12', '-012')],
    ['a fraction without digits', JSON.stringify(row).replace('0.067643', '0.')],
    ['an exponent', JSON.stringify(row).replace('0.067643', '1e-7')],
    ['letters that are not ASCII', withRow({ id: 'ä' })],
    ['an escape by number', JSON.stringify(row).replace('a ', '\\u0061')],
    ['a control character', JSON.stringify(row).replace('a ', '\u0001')],
    ['a day that does not exist', withRow({ at: '2026-02-30 00:00:00' })],
    ['an hour that does not exist', withRow({ at: '2026-02-20 24:00:00' })],
    ['a date alone', withRow({ at: '2026-02-20' })],
    ['text in a date', withRow({ at: '2026-02-2x 00:00:00' })],
    ['null in a list', withRow({ names: ['x', null] })],
    ['a list that does not end', JSON.stringify(row).replace('"y"]', '"y"')],
    ['a torn line', JSON.stringify(row).slice(0, -9)],
    ['two objects', `${JSON.stringify(row)}{}`],
    ['a line break of Windows', `${JSON.stringify(row)}\r`],
    ['no object', '[]'],
    ['nothing', ''],
  ])('a row with %s is never passed on unchanged', (_name, line) => {
    expect(passes(line)).toBe(false);
  });

  it('no row is passed on unchanged if columns are nested or need the reader', () => {
    const reads = (schema: string, line: string) =>
      compileRowReader(readSchema(schema)).passes(Buffer.from(line), 0, line.length);
    expect(reads('a String `json:$.b.a`', '{"b":{"a":"x"}}')).toBe(false);
    expect(reads('a String `json:$.b`', '{"a":"x"}')).toBe(false);
    expect(reads('a Map(String, String) `json:$.a`', '{"a":{}}')).toBe(false);
    expect(reads('a UUID `json:$.a`', '{"a":"123e4567-e89b-12d3-a456-426614174000"}')).toBe(false);
  });

  it('a row that is passed on is valid for the reader, with the same values, whatever bytes were changed', () => {
    const random = generator(1);
    const bytes = Buffer.from(JSON.stringify(row));
    const common = Buffer.from('{}[]",:\\0123456789-.eE+ nulltrueTZ\n\r\t\u0000\u007f\u00e9');
    let passed = 0;
    for (let n = 0; n < 40_000; n += 1) {
      const changed = Buffer.from(bytes);
      for (let left = 1 + random(2); left > 0; left -= 1)
        changed[random(changed.length)] = common[random(common.length)] ?? 0;
      const [from, to] = [0, changed.length - (random(20) === 0 ? random(changed.length) : 0)];
      if (!reader.passes(changed, from, to)) continue;
      passed += 1;
      const text = changed.toString('utf8', from, to);
      const outcome = reader.read(text, 'id');
      expect(outcome.kind, text).toBe('valid');
      expect(JSON.parse(outcome.line)).toEqual(JSON.parse(text));
    }
    expect(passed).toBeGreaterThan(1_000);
  });
});

/** Whole numbers below a limit, the same ones in each run (mulberry32). */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}
