import { describe, expect, it } from 'vitest';
import { refusedNames } from './allowed.js';
import { readSelect } from './statement.js';

const read = (sql: string) => readSelect(sql, refusedNames);

describe('readSelect', () => {
  it('FORMAT and a final semicolon are removed', () => {
    expect(read('SELECT 1 FORMAT JSONEachRow ;')).toMatchObject({ sql: 'SELECT 1', format: 'JSONEachRow' });
  });

  it('the function format() and a column of that name are kept', () => {
    expect(read("SELECT format('{}', 1) AS format").format).toBeUndefined();
  });

  it('WITH, parentheses and harmless table functions are accepted', () => {
    for (const sql of [
      'WITH 1 AS a SELECT a',
      '(SELECT 1) UNION ALL (SELECT 2)',
      'SELECT * FROM numbers(3)',
    ]) {
      expect(read(sql).sql).toBe(sql);
    }
  });

  it.each([
    ['', 'empty'],
    ['-- nothing', 'empty'],
    ['INSERT INTO t VALUES (1)', 'only SELECT'],
    ['DROP TABLE t', 'only SELECT'],
    ['SET readonly = 0', 'only SELECT'],
    ['EXPLAIN SELECT 1', 'only SELECT'],
    ['SELECT 1; SELECT 2', 'one statement'],
    ['SELECT 1); DROP TABLE t; (SELECT 1', 'only one statement|no opening'],
    ['SELECT (1', 'not closed'],
    ["SELECT 'a", 'not closed'],
    ["SELECT 1 INTO /* x */ OUTFILE 'x'", 'INTO OUTFILE'],
    ["SELECT * FROM file('/etc/passwd')", 'file\\(\\) is not allowed'],
    ["SELECT * FROM `URL` /* */ ('http://x')", 'is not allowed'],
    ["SELECT arrayMap({x: Identifier}, ['/etc/hostname'])", 'type Identifier is not allowed'],
    ["SELECT arrayMap({ x /* */ : `identifier` }, ['/etc/hostname'])", 'type Identifier is not allowed'],
    ['SELECT 1 SETTINGS readonly = 0', 'setting readonly'],
    ['SELECT 1 SETTINGS max_threads = 1, allow_ddl = 1', 'setting allow_ddl'],
    ['SELECT 1 SETTINGS "max_memory_usage" = 0', 'SETTINGS is'],
    ['SELECT 1 SETTINGS max_threads = 1, "max_memory_usage" = 0', 'SETTINGS is'],
    ['SELECT 1 SETTINGS max_threads = 1, extremes, max_memory_usage = 0', 'SETTINGS is'],
    ["SELECT 1 SETTINGS join_algorithm = ['hash'], max_memory_usage = 0", 'needs a number or a text'],
    ['SELECT 1 SETTINGS extremes, max_memory_usage = 0', 'SETTINGS is'],
    ['SELECT * FROM (SELECT 1 SETTINGS max_threads = 1) SETTINGS max_threads = 2', 'given twice: 1 and 2'],
  ])('the statement %s is refused', (sql, reason) => {
    expect(() => read(sql)).toThrow(new RegExp(reason));
  });

  it('a setting that only changes how an answer is computed is allowed', () => {
    expect([...read('SELECT 1 SETTINGS join_use_nulls = 1').settings]).toEqual([['join_use_nulls', '1']]);
  });

  it('the setting that the new analyzer be used is accepted, and the opposite is not', () => {
    expect([...read('SELECT 1 SETTINGS allow_experimental_analyzer = 1, extremes = 1').settings]).toEqual([
      ['extremes', '1'],
    ]);
    expect(() => read('SELECT 1 SETTINGS enable_analyzer = 0')).toThrow('the setting enable_analyzer');
  });

  it('a time limit is a setting of the session, and not in the text', () => {
    const told = (sql: string) => {
      const { sql: text, tokens, settings } = read(sql);
      return [text.trim(), tokens.length, ...settings];
    };
    expect(told('SELECT 1 SETTINGS max_execution_time = 2')).toEqual([
      'SELECT 1',
      2,
      ['max_execution_time', '2'],
    ]);
    expect(told('SELECT 1 SETTINGS max_execution_time=2.5, extremes = 1')).toEqual([
      'SELECT 1 SETTINGS                         extremes = 1',
      6,
      ['max_execution_time', '2.5'],
      ['extremes', '1'],
    ]);
    expect(told('SELECT 1 SETTINGS extremes = 1, max_execution_time = 2 UNION ALL SELECT 3')[0]).toMatch(
      /^SELECT 1 SETTINGS extremes = 1 +UNION ALL SELECT 3$/,
    );
    expect(() => read('SELECT 1 SETTINGS max_execution_time = 0')).toThrow('above 0');
    expect(() => read("SELECT 1 SETTINGS max_execution_time = 'x'")).toThrow('above 0');
  });

  it('a column called settings is not mistaken for the clause', () => {
    for (const sql of [
      'SELECT settings FROM t',
      'SELECT a.settings x FROM t',
      'SELECT 1 ORDER BY settings DESC',
    ]) {
      expect(read(sql).settings.size).toBe(0);
    }
  });

  it('words inside strings are not mistaken for statements', () => {
    expect(read("SELECT '; DROP TABLE t; file(' AS x").settings.size).toBe(0);
  });
});
