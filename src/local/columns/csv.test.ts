import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecords, type CsvDialect } from './csv.js';

const texts = (csv: string, dialect: CsvDialect = {}) =>
  [...csvRecords(csv, dialect)].map(({ cells }) => cells.map(({ text }) => text));

describe('csvRecords', () => {
  it.each<[string, string, CsvDialect, string[][]]>([
    [
      'lines end with LF or CRLF, the last one also without',
      'a,b\r\nc,d\ne,f',
      {},
      [
        ['a', 'b'],
        ['c', 'd'],
        ['e', 'f'],
      ],
    ],
    [
      'quotes hold delimiters, line breaks and doubled quotes',
      '"a,b","c\nd","e""f"\n',
      {},
      [['a,b', 'c\nd', 'e"f']],
    ],
    ['a quote inside an unquoted cell is a character', 'a"b,c\n', {}, [['a"b', 'c']]],
    ['empty cells are cells', ',a,\n', {}, [['', 'a', '']]],
    ['blank lines are none', 'a\n\n \r\nb\n', {}, [['a'], ['b']]],
    ['a byte order mark is no text', '\ufeffa,b\n', {}, [['a', 'b']]],
    [
      'without a comma, the semicolon divides',
      'a;b\n1,5;2\n',
      {},
      [
        ['a', 'b'],
        ['1,5', '2'],
      ],
    ],
    ['a comma within quotes does not count for the guess', '"a,b"\tc\n', {}, [['a,b', 'c']]],
    ['the delimiter can be given', 'a|b,c\n', { delimiter: '|' }, [['a', 'b,c']]],
    [
      'the line break can be given',
      'a,b\nc;d,e;',
      { delimiter: ',', newLine: ';' },
      [
        ['a', 'b\nc'],
        ['d', 'e'],
      ],
    ],
    [
      'an escape character takes the next one out of its role',
      '"a\\"b\\\\",c\\,d\n',
      { escape: '\\' },
      [['a"b\\', 'c,d']],
    ],
    ['without one, a backslash is a character', 'a\\,b\n', {}, [['a\\', 'b']]],
  ])('%s', (_, csv, dialect, expected) => {
    expect(texts(csv, dialect)).toEqual(expected);
  });

  it('a text that ends inside quotes is torn, and only its last record', () => {
    expect([...csvRecords('a,b\n"c,d', {})].map(({ isTorn }) => isTorn)).toEqual([false, true]);
  });

  it('whatever the cells are, a quoted CSV of them is read back', () => {
    const cells = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 2, maxLength: 2 }), {
      maxLength: 5,
    });
    fc.assert(
      fc.property(cells, (rows) => {
        const csv = rows
          .map((row) => row.map((text) => `"${text.replaceAll('"', '""')}"`).join(','))
          .join('\n');
        expect(texts(csv)).toEqual(rows);
      }),
    );
  });
});
