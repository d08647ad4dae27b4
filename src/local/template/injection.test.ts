import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError, DatafileError } from '../errors.js';
import { lexSql, SqlLexError } from '../sql/lexer.js';
import { compileTemplate, renderTemplate } from './template.js';

/** Values that would end their quotes, if anything did not escape them. */
const corpus = [
  ...["'", '"', '`', '\\', "\\'", "''", "\\\\'", '`` `', '\0', '\n', '\r\n', '\x1a', '\b', '\t', '%', '%%'],
  ...["' OR '1'='1", "'; DROP TABLE t; --", "') UNION SELECT 1 --", '` FROM secrets --', '" FROM secrets --'],
  ...[
    "x' /* ",
    '*/',
    '--',
    '-- \n',
    '# ',
    '//',
    '{{ 1 }}',
    '{% if 1 %}',
    '{x: String}',
    '$$',
    '$a$',
    ';',
    ')',
    '(',
  ],
  ...['\\x27', '\\u0027', '\u2019', '\u201c', '\ufeff', '\u0085', '\u2028', '\ud800', '🙂', 'é', "１'", '＇'],
  ...[
    "a,b'c",
    "',',",
    "['a']",
    '[1,2]',
    '{"a":"\'"}',
    '1 OR 1',
    '1)',
    '0x27',
    '1e9',
    '-1',
    '+1',
    '1; 2',
    ' 1',
    '1 ',
  ],
  ...["2024-01-01' OR 1", "2024-01-01 00:00:00' --", "2024-01-01 00:00:00\n'", "2024'01'01 00:00:00"],
  ...['file', "file('/etc/passwd')", 'system.tables', 'a.b.c', 'a`.`b', '*', '', ' ', 'NULL', 'None'],
];

/** Each template, and the SQL that it must have whatever the value: every value is one text, name or number. */
const templates = [
  'SELECT {{ String(x) }} AS v FROM t',
  "SELECT {{ String(x, 'd') }} AS v FROM t",
  'SELECT {{ UUID(x) }} AS v FROM t',
  'SELECT {{ Date(x) }} AS v FROM t',
  'SELECT {{ DateTime(x) }} AS v FROM t',
  'SELECT {{ DateTime64(x) }} AS v FROM t',
  'SELECT {{ x }} AS v FROM t',
  'SELECT {{ Boolean(x) }} AS v FROM t',
  "SELECT {{ 'a' + x + 'b' }} AS v FROM t",
  "SELECT {{ '{}'.format(x) }} AS v FROM t",
  'SELECT {{ x.upper() }} AS v FROM t',
  'SELECT {{ sql_unescape(x) }} AS v FROM t',
  "SELECT {{ sql_unescape(x, '%') }} AS v FROM t",
  'SELECT 1 AS v FROM t WHERE {{ sql_and(a=x) }}',
  'SELECT {{ symbol(x) }} AS v FROM t',
  'SELECT {{ JSON(x, \'""\') }} AS v FROM t',
  'SELECT {{ Int32(x) }} AS v FROM t',
  'SELECT {{ UInt8(x) }} AS v FROM t',
  'SELECT {{ Int(x) }} AS v FROM t',
  'SELECT {{ Float64(x) }} AS v FROM t',
  'SELECT {{ max_threads(x) }} 1 AS v FROM t',
  'SELECT {{ backend_hint(x) }} 1 AS v FROM t',
];

/** Templates whose values become lists or dotted names: the number of tokens depends on the commas and dots. */
const lists = [
  'SELECT {{ Array(x) }} AS v FROM t',
  "SELECT {{ Array(x, 'Int32') }} AS v FROM t",
  "SELECT {{ Array(x, 'Float64') }} AS v FROM t",
  'SELECT {{ split_to_array(x) }} AS v FROM t',
  "SELECT {{ column(x, 'a') }} AS v FROM t",
  "SELECT {{ columns(x, 'a') }} AS v FROM t",
  "SELECT {{ columns(x, 'a', 'max') }} AS v FROM t",
];

function render(text: string, value: string | string[]): string | undefined {
  try {
    return renderTemplate(compileTemplate(`%${text}`), new Map([['x', value]]), 'run').sql;
  } catch (error) {
    // A value that is not of the type is refused.
    if (error instanceof ApiError || error instanceof DatafileError) return undefined;
    throw error;
  }
}

/** The tokens by kind, with the words and punctuation as they are. What this lexer refuses never reaches the engine. */
function shape(sql: string): string[] | undefined {
  try {
    return lexSql(sql).map(({ kind, text }) => (kind === 'word' || kind === 'punct' ? text : kind));
  } catch (error) {
    if (error instanceof SqlLexError) return undefined;
    throw error;
  }
}

/** The shape with a harmless value. */
function expectedShape(text: string): string[] | undefined {
  const harmless = ['abc', '1', '2024-01-01', '2024-01-01 00:00:00', '{}'];
  const rendered = harmless.map((value) => render(text, value)).find((sql) => sql !== undefined);
  return rendered === undefined ? undefined : shape(rendered);
}

function check(text: string, value: string | string[]): void {
  const sql = render(text, value);
  const found = sql === undefined ? undefined : shape(sql);
  if (found === undefined) return;
  // A negative number has its sign as a token of its own; JSON may be any literal.
  const plain = (tokens: string[]) => tokens.filter((token) => token !== '-').join(' ');
  if (text.includes('JSON(')) {
    expect(found.filter((token) => /^(?:SELECT|FROM)$/.test(token))).toEqual(['SELECT', 'FROM']);
    return;
  }
  expect(plain(found)).toBe(plain(expectedShape(text) ?? []));
}

/** In a list, only brackets, commas and literals may come between SELECT and AS. */
function checkList(text: string, value: string | string[]): void {
  const sql = render(text, value);
  const found = sql === undefined ? undefined : shape(sql);
  if (found === undefined) return;
  const rest = found.slice(1, -4);
  expect(found.slice(-4)).toEqual(['AS', 'v', 'FROM', 't']);
  const allowed = text.includes('column')
    ? /^(?:[.,()]|quoted|max|as)$/
    : /^(?:[[\],+-]|string|quoted|number|nan|inf)$/;
  expect(rest.filter((token) => !allowed.test(token))).toEqual([]);
}

describe('no value of a parameter leaves its quotes', () => {
  it.each(templates)('the corpus of injections is only ever one value in: %s', (text) => {
    for (const value of corpus) {
      check(text, value);
      check(text, `a${value}b`);
    }
    check(text, corpus);
  });

  it.each(lists)('the corpus of injections is only ever a list of values in: %s', (text) => {
    for (const value of corpus) {
      checkList(text, value);
      checkList(text, [value, `a${value}b`]);
    }
  });

  it('neither is any other text', () => {
    const piece = fc.oneof(fc.constantFrom(...corpus), fc.string({ unit: 'binary', maxLength: 5 }));
    const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.constantFrom(...templates), value, (text, one) => check(text, one)),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.constantFrom(...lists), fc.oneof(value, fc.array(value, { maxLength: 3 })), checkList),
      { numRuns: 1_000 },
    );
  });

  it('the check finds a value that is not escaped', () => {
    expect(() => check("SELECT '{{ Int(1) }}' AS v FROM t", 'x')).not.toThrow();
    expect(shape("SELECT '' OR '1'='1' AS v FROM t")).not.toEqual(expectedShape(templates[0] ?? ''));
  });
});
