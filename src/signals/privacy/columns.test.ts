import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { allColumns, page, written } from '../../../scripts/privacy-tables.js';
import { columnRules, textColumns } from './columns.js';

it.each(allColumns())('every text column of $table has a rule that says what it may hold', ({ columns }) => {
  expect(columns.length).toBeGreaterThan(0);
  for (const { column, isText } of columns)
    if (isText) expect(Object.keys(columnRules), column).toContain(textColumns[column]);
});

it('no rule is left of a column that no table has', () => {
  const known = new Set(allColumns().flatMap(({ columns }) => columns.map(({ column }) => column)));
  expect(Object.keys(textColumns).filter((column) => !known.has(column))).toEqual([]);
});

it('texts are only in one table and column', () => {
  const places = allColumns().flatMap(({ table, columns }) =>
    columns
      .filter(({ column }) => textColumns[column] === 'content')
      .map(({ column }) => `${table}.${column}`),
  );
  expect(places).toEqual(['contents.text']);
});

it('the tables of docs/privacy.md are as the allow-lists are, and name every column', async () => {
  const text = readFileSync(page, 'utf8');
  expect(await written(text)).toBe(text);
  for (const { table, columns } of allColumns()) {
    const row = text.split('\n').find((line) => line.startsWith(`| \`${table}\` `));
    for (const { column } of columns) expect(row, `${table}.${column}`).toContain(`\`${column}\``);
  }
});
