import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { readSchema } from '../datafile/schema.js';
import { parseJson, writeJson } from './json.js';
import { compileRowReader } from './row.js';

/** Ends a call that would not end by itself, which the time limit of a test cannot do. */
function bounded<T>(work: () => T): T {
  return runInNewContext('work()', { work }, { timeout: 10_000 }) as T;
}

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);

vi.setConfig({ testTimeout: 60_000 });

/** Property tests with a seed, which a failure prints; FUZZ_SEED repeats a run. */
const options = { seed, numRuns: 500 };

/** A JSON text and its value. */
interface Written {
  text: string;
  value: unknown;
}

const digits = (max: number) =>
  fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: max })
    .map((all) => all.join('').replace(/^0+(?=.)/, ''));
const integer: fc.Arbitrary<Written> = fc
  .tuple(fc.constantFrom('', '-'), digits(900))
  .map(([sign, number]) => ({
    text: sign + number,
    value: Number.isSafeInteger(Number(number)) ? Number(sign + number) : BigInt(sign + number),
  }));
const fraction: fc.Arbitrary<Written> = fc
  .tuple(digits(500), digits(500), fc.constantFrom('', 'e5', 'E-30', 'e+999'))
  .map(([whole, part, exponent]) => `${whole}.${part}${exponent}`)
  .map((text) => ({ text, value: Number(text) }));
const plain: fc.Arbitrary<Written> = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(true, false, null, '\\', '"', '12345678901234567890'),
  )
  .map((value) => ({ text: JSON.stringify(value), value }));
const space = fc.constantFrom('', '', ' ', '\n', '\r\n\t');

const { written } = fc.letrec<{ written: Written; list: Written; object: Written }>((tie) => ({
  written: fc.oneof({ depthSize: 'small' }, integer, fraction, plain, tie('list'), tie('object')),
  list: fc.tuple(space, fc.array(tie('written'), { maxLength: 5 })).map(([blank, items]) => ({
    text: `[${blank}${items.map(({ text }) => text).join(`${blank},${blank}`)}${blank}]`,
    value: items.map(({ value }) => value),
  })),
  object: fc
    .tuple(
      space,
      fc.uniqueArray(fc.tuple(fc.string(), tie('written')), { maxLength: 5, selector: ([key]) => key }),
    )
    .map(([blank, entries]) => ({
      text: `{${blank}${entries
        .map(([key, { text }]) => `${JSON.stringify(key)}${blank}:${blank}${text}`)
        .join(`${blank},${blank}`)}${blank}}`,
      value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    })),
}));

describe(`reading JSON (seed ${seed})`, () => {
  it('the result is the value that was written, with every digit of an integer', () => {
    fc.assert(
      fc.property(written, space, ({ text, value }, blank) => {
        expect(bounded(() => parseJson(`${blank}${text}${blank}`))).toEqual(value);
      }),
      options,
    );
  });

  it.each([399, 400, 401, 500, 999])('an integer of %i digits is read anywhere in a value', (count) => {
    const number = '9'.repeat(count);
    for (const text of [number, `[${number}]`, `{"a":${number}}`, `{"a":[1,${number} ],"b":${number}}`]) {
      expect(writeJson(bounded(() => parseJson(text)))).toBe(text.replaceAll(' ', ''));
    }
  });

  it('an integer that would take long to read is refused, and a fraction of any length is accepted', () => {
    const long = '9'.repeat(2_000_000);
    expect(() => bounded(() => parseJson(`{"a":${long}}`))).toThrow(
      'an integer of 2000000 digits (the most is 1000)',
    );
    expect(bounded(() => parseJson(`[0.${long}]`))).toEqual([1]);
  });

  it('any text gives a value or an error, and no more is accepted than by JSON.parse', () => {
    const piece = fc.constantFrom(
      ...'{}[]:,"\\-+.eE \n0'.split(''),
      '12345678901234567',
      'true',
      '"a"',
      '\u00e9',
    );
    const pieces = fc.array(piece, { maxLength: 40 }).map((all) => all.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          pieces,
          written.map(({ text }) => text.slice(1)),
          fc.string(),
        ),
        (text) => {
          const isJson = succeeds(() => JSON.parse(text));
          expect(succeeds(() => bounded(() => parseJson(text)))).toBe(isJson);
        },
      ),
      { ...options, numRuns: 1_000 },
    );
  });
});

function succeeds(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

describe(`reading a row (seed ${seed})`, () => {
  const types = [
    'String',
    'Nullable(Float64)',
    'Float64',
    'Int8',
    'UInt64',
    'Nullable(UInt256)',
    'Decimal(20, 4)',
    'DateTime64(3)',
    'Array(Nullable(Int32))',
    'Array(String)',
    'Map(String, UInt8)',
    'JSON',
    'UUID',
  ];
  const readers = types.map((type) => compileRowReader(readSchema(`c ${type} \`json:$.c\``)));

  it('any line and any type gives one JSON object for the table or the quarantine', () => {
    const line = fc.oneof(
      written.map(({ text }) => `{"c":${text}}`),
      written.map(({ text }) => `{"c":${text}`),
      fc.string({ unit: 'grapheme' }),
    );
    fc.assert(
      fc.property(line, fc.constantFrom(...readers), (text, reader) => {
        const outcome = bounded(() => reader.read(text, 'id'));
        const row: unknown = JSON.parse(outcome.line);
        expect(row).toBeTypeOf('object');
        const body = Buffer.from(text);
        if (bounded(() => reader.passes(body, 0, body.length))) expect(outcome.kind).toBe('valid');
      }),
      { ...options, numRuns: 1_000 },
    );
  });

  it.each(types)('a value that is nested too deeply goes into quarantine (%s)', (type) => {
    const reader = compileRowReader(readSchema(`c ${type} \`json:$.c\``));
    for (const number of ['1', '12345678901234567']) {
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const text = `{"c":${open.repeat(200_000)}${number}${close.repeat(200_000)}}`;
        const outcome = bounded(() => reader.read(text, 'id'));
        expect(outcome.kind).toBe('quarantined');
        expect((JSON.parse(outcome.line) as { c__error: string[] }).c__error[0]).toMatch(
          /nested too deeply|Invalid JSON/,
        );
      }
    }
  });

  it('null is never stored for a number that is too large for a float', () => {
    const reader = compileRowReader(readSchema('c Nullable(Float64) `json:$.c`'));
    for (const number of ['1e400', '-1e400', '9'.repeat(309), '9'.repeat(800)]) {
      expect(reader.read(`{"c":${number}}`, 'id').kind).toBe('quarantined');
    }
    expect(reader.read(`{"c":${'9'.repeat(300)}}`, 'id').kind).toBe('valid');
  });
});
