import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { csvRecords } from './columns/csv.js';
import { isDue } from './cron.js';
import { parseConnection } from './datafile/connection.js';
import { parseDatasource } from './datafile/datasource.js';
import { parsePipe } from './datafile/pipe.js';
import { ApiError, DatafileError } from './errors.js';
import { claimedWorkspace, isJwt, readJwt, signJwt } from './jwt.js';
import { parseDate } from './template/strptime.js';
import { TemplateError } from './template/error.js';
import { compileTemplate, renderTemplate } from './template/template.js';
import { checkCondition, withConditions } from './workspace/condition.js';

vi.setConfig({ testTimeout: 120_000 });

/** Ends a call that would not end by itself, which the time limit of a test cannot do. */
function bounded<T>(work: () => T): T {
  return runInNewContext('work()', { work }, { timeout: 20_000 }) as T;
}

/** Runs a function that must return or throw an error that names the problem; anything else is a crash. */
function endsWell(work: () => unknown): void {
  try {
    bounded(work);
  } catch (error) {
    const isKnown =
      error instanceof DatafileError || error instanceof TemplateError || error instanceof ApiError;
    if (!isKnown) throw error;
  }
}

const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 1_000_000);
const options = { seed, numRuns: 300 };

/** Texts made of pieces that mean something to a parser, and of any characters. */
const textOf = (pieces: readonly string[], separator: string) =>
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 6 })), { maxLength: 25 })
    .map((all) => all.join(separator));

const templatePieces = [
  ...['{{', '}}', '{%', '%}', '{#', '#}', '{{!', 'if', 'elif', 'else', 'end', 'for', 'x', 'in', 'set', '='],
  ...['String(a)', 'Int32(b, 5)', 'defined(a)', "'", '"', '\\', '(', ')', '[', ']', ':', ',', '*', '**', '%'],
  ...['9999999999', '1e999', '0.1', '-', 'not', 'and', 'or', '.join', '.split', 'columns', '\n', ' '],
  ...['{% for i in range(100000) %}', '{{ i }}', '{% end %}', "{{ 'a' * 1000000000 }}", '{{ 9 ** 99999 }}'],
  ...[
    '{% set a = [a, a] %}',
    '{{ a }}',
    '{% if 1 %}',
    '{% while a %}',
    '{% try %}',
    '{% except %}',
    '{% finally %}',
  ],
  ...[
    '[a for a in b]',
    '{% set b += a %}',
    'Array(a, b)',
    "day_diff(a, '2024-01-01')",
    'tb_secret(a)',
    'x.append(x)',
  ],
];
const datafilePieces = [
  ...['SCHEMA >', 'ENGINE', 'MergeTree', 'ENGINE_SORTING_KEY id', 'NODE n', 'SQL >', 'TYPE endpoint', '%'],
  ...[
    '    id String `json:$.id`',
    '    id Array(Array(',
    "    x Enum8('a",
    '    `',
    'DEFAULT (',
    'INDEXES >',
  ],
  ...[
    'TOKEN t READ',
    'DESCRIPTION >',
    'DESCRIPTION',
    '    SELECT 1',
    'DATASOURCE d',
    'TYPE kafka',
    'TYPE copy',
    'TYPE sink',
    'KAFKA_TOPIC t',
    'TARGET_DATASOURCE d',
    'EXPORT_FORMAT csv',
    'ENGINE_VER v',
    '#',
    '',
    '\t',
    '"',
    ',',
  ],
];

describe(`datafiles of a deployment (seed ${seed})`, () => {
  it('any template is compiled and rendered, or refused', () => {
    fc.assert(
      fc.property(textOf(templatePieces, ''), fc.string(), (text, value) => {
        endsWell(() =>
          renderTemplate(
            compileTemplate(`%\n${text}`),
            new Map([
              ['a', value],
              ['b', value],
            ]),
            'run',
          ),
        );
      }),
      options,
    );
  });

  it('any datafile is read, or refused', () => {
    fc.assert(
      fc.property(textOf(datafilePieces, '\n'), (text) => {
        endsWell(() => parseDatasource('d', text));
        endsWell(() => parsePipe('p', text));
        endsWell(() => parseConnection('c', text));
      }),
      options,
    );
  });

  it.each([
    ['many outputs', `%\n${'{{1}}\n'.repeat(100_000)}`],
    ['many open brackets', `%\n{{ ${'('.repeat(100_000)}`],
    ['many lists', `%\n{{ ${'['.repeat(20_000)}${']'.repeat(20_000)} }}`],
    ['many conditions', `%\n${'{% if 1 %}'.repeat(20_000)}${'{% end %}'.repeat(20_000)}`],
    ['a long sum', `%\n{{ ${'1+'.repeat(50_000)}1 }}`],
    ['many negations', `%\n{{ ${'not '.repeat(50_000)}1 }}`],
    ['a long text', `%\n{{ '${'x'.repeat(2_000_000)}' }}`],
    ['loops in loops', `%\n${'{% for i in range(1000) %}'.repeat(5)}x${'{% end %}'.repeat(5)}`],
    ['a text that doubles', `%\n{% set a = 'xx' %}${'{% set a = a + a %}'.repeat(60)}{{ a }}`],
    ['a while that never ends', '%\n{% while 1 %}{% try %}{{ x }}{% except %}{% end %}{% end %}'],
    ['a comprehension over a long range', `%\n{{ [[i for j in range(9999)] for i in range(9999)] }}`],
    ['a list that grows', '%\n{% set a = [1] %}{% while 1 %}{% set _ = a.extend(a) %}{% end %}'],
    [
      'a date format of many parts',
      `%\n{{ date_diff_in_days('${'1'.repeat(5000)}', 'x', '${'%m'.repeat(200)}x') }}`,
    ],
    ['a list that doubles', `%\n{% set a = [1] %}${'{% set a = a + a %}'.repeat(60)}{{ a }}`],
    ['a number that squares', `%\n{% set a = 9 %}${'{% set a = a * a %}'.repeat(60)}{{ a }}`],
    ['a large power', '%\n{{ 9 ** 999999999 }}'],
    ['a long repetition', "%\n{{ 'x' * 2000000000 }}"],
  ])('rendering ends quickly for %s', (_, text) => {
    endsWell(() => renderTemplate(compileTemplate(text), new Map(), 'run'));
  });

  it('an error names its line', () => {
    expect(() => compileTemplate('%\nSELECT 1\n{{ 1 }}\n\n{% if %}')).toThrow('if needs a condition, line 4');
  });
});

const csvPieces = ['"', '""', ',', ';', '\t', '|', '\n', '\r\n', '\r', '\\', '\uFEFF', 'a', '1', ' ', '\0'];
const datePieces = [
  '%Y',
  '%m',
  '%d',
  '%H',
  '%f',
  '%z',
  '%%',
  '%',
  '%j',
  '-',
  ' ',
  '2026',
  '11',
  '3',
  'T',
  '+01:00',
];
const conditionPieces = [
  ...[
    'id',
    '=',
    '1',
    '(',
    ')',
    ';',
    '--',
    '/*',
    '*/',
    "'",
    '`',
    '"',
    ' ',
    '\n',
    'IN',
    'events',
    '$$',
    '{x:String}',
  ],
  ...['UNION ALL SELECT', 'SETTINGS', 'FORMAT', '\\', '.', ',', 'AS', '0x', '1e', '--\n'],
];

describe(`parsers of requests (seed ${seed})`, () => {
  it('the cells of any CSV hold its text, and every record is read', () => {
    fc.assert(
      fc.property(textOf(csvPieces, ''), fc.constantFrom(',', ';', undefined), (text, delimiter) => {
        const records = bounded(() => [...csvRecords(text, { delimiter })]);
        const length = records.flatMap(({ cells }) => cells).reduce((sum, cell) => sum + cell.text.length, 0);
        expect(length).toBeLessThanOrEqual(text.length);
      }),
      options,
    );
  });

  it('a CSV written by the rules is read as it was written', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', ';', '\n', '\r', '\t', 'é', ' '),
      maxLength: 8,
    });
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const text = rows
          .map((cells) => cells.map((one) => `"${one.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        const read = [...csvRecords(text, { delimiter: ',' })].map(({ cells }) =>
          cells.map((one) => one.text),
        );
        expect(read).toEqual(rows);
      }),
      options,
    );
  });

  it('any schedule is due or not in any minute', () => {
    const field = fc.oneof(
      fc.constantFrom('*', '*/5', '1-5', '5-1', '*/0', '1,2', 'MON', '60', '-1', '1/2/3', '9'.repeat(400)),
      fc.string({ maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(field, { maxLength: 7 }), fc.date({ noInvalidDate: true }), (fields, time) => {
        expect(typeof bounded(() => isDue(fields.join(' '), time))).toBe('boolean');
      }),
      options,
    );
  });

  it('any date in any format is a moment, or none', () => {
    fc.assert(
      fc.property(textOf(datePieces, ''), textOf(datePieces, ''), (text, format) => {
        const moment = bounded(() => parseDate(text, format));
        expect(moment === undefined || Number.isFinite(moment)).toBe(true);
      }),
      options,
    );
  });

  it('any condition of a deletion is taken, or refused', () => {
    fc.assert(
      fc.property(textOf(conditionPieces, ' '), (text) => {
        endsWell(() => checkCondition(text));
        endsWell(() => withConditions(`SELECT * FROM events WHERE ${text}`, () => text));
      }),
      options,
    );
  });

  it('no token is taken for a JWT of this workspace but one that it signed', () => {
    const secret = 'the administrator';
    const scope = { type: 'PIPES:READ' as const, resource: 'totals' };
    const payload = { workspace_id: 'w', name: 'n', exp: 2_000_000_000, scopes: [scope] };
    const own = signJwt(payload, secret);
    expect(readJwt(own, 'w', secret, 1_800_000_000)).toMatchObject({ name: 'n' });
    const place = fc.integer({ min: 0, max: own.length - 1 });
    fc.assert(
      fc.property(place, fc.string({ minLength: 1, maxLength: 3 }), (at, put) => {
        const token = own.slice(0, at) + put + own.slice(at + 1);
        endsWell(() => isJwt(token));
        endsWell(() => claimedWorkspace(token));
        // Unused bits of the last character make other texts of the same signature.
        const isSame = Buffer.from(token.split('.')[2] ?? '', 'base64url').equals(
          Buffer.from(own.split('.')[2] ?? '', 'base64url'),
        );
        const isOwn = isSame && token.startsWith(own.slice(0, own.lastIndexOf('.') + 1));
        if (!isOwn) expect(() => readJwt(token, 'w', secret, 1_800_000_000)).toThrow(ApiError);
      }),
      options,
    );
  });
});
