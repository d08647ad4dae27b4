import { describe, expect, it } from 'vitest';
import { table, type Column } from './table.js';
import { terminalOf, type Terminal } from './terminal.js';
import { width } from './text.js';

interface Row {
  name: string;
  count: number;
}

const columns: Column<Row>[] = [
  { title: 'Name', cell: ({ name }) => name, shrinksTo: 6 },
  { title: 'Count', cell: ({ count }) => String(count), align: 'right' },
  { title: 'Twice', cell: ({ count }) => String(count * 2), align: 'right', spare: 1 },
];

const wide = (columns: number): Terminal => ({ ...terminalOf({}, {}), width: columns });

describe('a table', () => {
  it('a table has as many rows as there are', () => {
    const rows = Array.from({ length: 200_000 }, (_, count) => ({ name: 'a', count }));
    expect(table(rows, columns, wide(40)).at(-1)).toBe('a     199999  399998');
  });

  it('words are aligned left and numbers right', () => {
    expect(
      table(
        [
          { name: 'a', count: 5 },
          { name: 'bcdef', count: 120 },
        ],
        columns,
        wide(40),
      ),
    ).toEqual(['Name   Count  Twice', 'a          5     10', 'bcdef    120    240']);
  });

  it('a spare column is left out before a name is shortened', () => {
    expect(table([{ name: 'abcdefghij', count: 5 }], columns, wide(18))).toEqual([
      'Name        Count',
      'abcdefghij      5',
    ]);
  });

  it('a name that does not fit is shortened', () => {
    expect(table([{ name: 'abcdefghij', count: 5 }], columns, wide(14))).toEqual([
      'Name     Count',
      'abcdef…      5',
    ]);
  });

  it('a table is never wider than the terminal', () => {
    expect(table([{ name: 'abcdefghij', count: 12_345 }], columns, wide(8))).toEqual([
      'Na…  Co…',
      'ab…  12…',
    ]);
  });

  it('widths are those of the terminal: wide letters take two columns, colours none', () => {
    const coloured: Column<Row>[] = columns.map((column) => ({
      ...column,
      paint: (cell) => `\u001b[31m${cell}\u001b[39m`,
    }));
    const [, row = ''] = table([{ name: '日本語のエージェント', count: 1 }], coloured, wide(22));
    expect(row).toContain('日本語の');
    expect(width(row)).toBeLessThanOrEqual(22);
  });

  it('no line ends with blanks, with or without colours', () => {
    const painted: Column<Row>[] = [
      ...columns,
      { title: 'Bar', cell: () => '   ', paint: (cell) => `\u001b[36m${cell}\u001b[39m` },
      { title: 'Note', cell: () => '' },
    ];
    const [, row = ''] = table([{ name: 'a', count: 1 }], painted, wide(40));
    expect(row).toBe('a         1      2\u001b[36m\u001b[39m');
  });

  it('control sequences in a name are made harmless', () => {
    const [, row = ''] = table([{ name: 'a\u001b[2Jb\u0007\n\u202ec', count: 1 }], columns, wide(40));
    expect(row).toMatch(/^a�\[2Jb���c /);
  });
});

describe('a terminal', () => {
  it('the width is that of the terminal, else COLUMNS, else 80; at least 40 and at most 120', () => {
    expect(terminalOf({ isTTY: true, columns: 100 }, { COLUMNS: '60' }).width).toBe(100);
    expect(terminalOf({}, { COLUMNS: '60' }).width).toBe(60);
    expect(terminalOf({}, { COLUMNS: 'x' }).width).toBe(80);
    expect(terminalOf({ isTTY: true, columns: 300 }, {}).width).toBe(120);
    expect(terminalOf({ isTTY: true, columns: 10 }, {}).width).toBe(40);
    expect(terminalOf({ isTTY: true, columns: 0 }, {}).width).toBe(80);
  });

  it.each([
    [{ isTTY: true }, {}, true],
    [{}, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { NO_COLOR: '' }, true],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{}, { FORCE_COLOR: '1' }, true],
    [{}, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
    [{ isTTY: true }, { FORCE_COLOR: '0' }, false],
  ])('the terminal %j with %j has colour: %s', (stream, env, colourful) => {
    expect(terminalOf(stream, env).paint.isColorSupported).toBe(colourful);
  });
});
