import { describe, expect, it } from 'vitest';
import { refusedNames } from './allowed.js';
import { readSelect } from './statement.js';

const read = (sql: string) => readSelect(sql, refusedNames).sql;

describe('the name of the function file() in a query', () => {
  it.each([
    "SELECT arrayMap(NAME, ['x'])",
    "SELECT arrayMap(((NAME)), ['x'])",
    "SELECT arrayMap(/* x */ NAME -- y\n , ['x'])",
    "SELECT ArrayMap(x -> 1, (NAME), ['x'])",
    "SELECT `arrayMap`(NAME, ['x'])",
    'SELECT mapApply(NAME, map(1, 2))',
    'SELECT * APPLY(NAME) FROM t',
    'SELECT * APPLY NAME FROM t',
    'SELECT t.* apply ((NAME)) FROM t',
    "SELECT COLUMNS('a') APPLY(toString) APPLY(NAME) FROM t",
    "WITH NAME AS g SELECT arrayMap(g, ['x'])",
    "WITH (NAME) AS g SELECT arrayMap(g, ['x'])",
    "SELECT NAME g, arrayMap(g, ['x'])",
    "SELECT (NAME) `g`, arrayMap(g, ['x'])",
    'SELECT (SELECT * APPLY(NAME) FROM t)',
  ])('the function is refused in %s', (sql) => {
    expect(read(sql.replaceAll('NAME', 'files'))).toContain('files');
    for (const name of ['file', 'FILE', '`file`', '"file"'])
      expect(() => read(sql.replaceAll('NAME', name)), name).toThrow(
        'write a column of that name with its table',
      );
  });

  it.each([
    'SELECT file FROM t',
    "SELECT \"file\", upper(file), (file), count() FROM t WHERE file IN ('a') AND (file != '') GROUP BY file",
    'SELECT t.file AS name, arrayMap(x -> concat(x, t.file), [t.file]) FROM t',
    'SELECT groupArray(file), arrayMap(x -> upper(concat(x, file)), a) FROM t',
    "SELECT arraySort((SELECT groupArray(file) FROM t)), arrayElement((SELECT ['a'] FROM t ORDER BY file), 1)",
    'SELECT arraySort(a), file FROM t ORDER BY file ASC, file DESC NULLS LAST LIMIT 1 BY file',
    "SELECT CASE file WHEN 'a' THEN file ELSE file END, 'arrayMap(file)' FROM t",
    'SELECT max(id) AS file FROM file FINAL WHERE a = 1',
    'SELECT * EXCEPT (file), COLUMNS(file) FROM t JOIN s USING (file)',
  ])('columns with that name are unchanged: %s', (sql) => {
    expect(read(sql)).toBe(sql);
  });
});
