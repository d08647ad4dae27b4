import { describe, expect, it } from 'vitest';
import { lexSql } from './lexer.js';
import { findHiddenTable, findTableReferences, replaceReferences } from './references.js';

/** The names of the tables in a query, those on the right of IN in parentheses. */
function tables(sql: string): string[] {
  return findTableReferences(lexSql(sql)).map(({ parts, position }) =>
    position === 'in' ? `(${parts.join('.')})` : parts.join('.'),
  );
}

describe('findTableReferences', () => {
  it.each([
    ['SELECT a FROM t', ['t']],
    ['SELECT a FROM t FINAL WHERE b IN (SELECT c FROM u)', ['t', 'u']],
    ['SELECT * FROM a, b AS x, c y WHERE 1', ['a', 'b', 'c']],
    ['SELECT * FROM a LEFT JOIN b USING (k) JOIN c ON a.x = c.x', ['a', 'b', 'c']],
    ['SELECT * FROM a ARRAY JOIN tags AS tag, other', ['a']],
    ['SELECT * FROM (SELECT * FROM inner_one) AS s, last_one', ['inner_one', 'last_one']],
    ['SELECT 1 FROM a UNION ALL SELECT 2 FROM b', ['a', 'b']],
    ['FROM a SELECT x', ['a']],
    ['SELECT x FROM system.one', ['system.one']],
    ['SELECT * FROM numbers(3), t', ['t']],
    ['SELECT a FROM t WHERE b NOT IN blocked AND c IN (1, 2)', ['t', '(blocked)']],
    ['SELECT a, b FROM t GROUP BY a, b ORDER BY a, b LIMIT 1 BY a, b', ['t']],
    ['SELECT `from` FROM `my table`', ['my table']],
  ])('the tables of %s are found', (sql, expected) => {
    expect(tables(sql)).toEqual(expected);
  });

  it('FROM inside a function, or in IS DISTINCT FROM, is not mistaken for a table list', () => {
    expect(
      tables("SELECT trim(LEADING 'x' FROM s), EXTRACT(YEAR FROM d), a IS NOT DISTINCT FROM b FROM t"),
    ).toEqual(['t']);
  });

  it('the query’s own WITH tables are left out, but not a table of the same name inside their body', () => {
    expect(tables('WITH t AS (SELECT * FROM t), u AS (SELECT * FROM t) SELECT * FROM u, t')).toEqual(['t']);
  });

  it('a text or a substitution in the place of a table is refused', () => {
    expect(() => tables("SELECT * FROM '/etc/passwd'")).toThrow('a table is a name');
    expect(() => tables('SELECT * FROM {t:Identifier}')).toThrow('a table is a name');
  });

  it('an alias is only added if the query has none', () => {
    const needs = (sql: string) => findTableReferences(lexSql(sql)).map((one) => one.needsAlias);
    expect(needs('SELECT * FROM a JOIN b AS x ON 1 JOIN c y ON 1 JOIN d `z` ON 1')).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(needs('SELECT * FROM a FINAL')).toEqual([true]);
  });
});

describe('findHiddenTable', () => {
  const find = (sql: string) => findHiddenTable(lexSql(sql), (name) => name === 'ws_mine');

  it.each([
    ['SELECT in(1, ws_local.t)', 'ws_local.t'],
    ['SELECT 1 WHERE (globalNotIn)(1, `ws_local`.`t`)', 'ws_local.t'],
    ['SELECT * FROM system.users', 'system.users'],
    ['SELECT * FROM system.one.x', 'system.one'],
    ['SELECT * FROM system.one', 'system.one'],
    ['SELECT * FROM system.numbers LIMIT 1', 'system.numbers'],
  ])('a hidden table is found in %s', (sql, table) => {
    expect(find(sql)).toBe(table);
  });

  it.each(['SELECT ws_mine.a FROM ws_mine', 'SELECT doc.system.cpu FROM t', 'SELECT * FROM numbers(2)'])(
    'no hidden table is found in %s',
    (sql) => {
      expect(find(sql)).toBeUndefined();
    },
  );
});

describe('replaceReferences', () => {
  it('references are replaced by position, never inside strings or columns', () => {
    const sql = "SELECT t.a, 't' FROM t WHERE t.b = 1";
    expect(replaceReferences(sql, findTableReferences(lexSql(sql)), () => 'db.t AS t')).toBe(
      "SELECT t.a, 't' FROM db.t AS t WHERE t.b = 1",
    );
  });
});
