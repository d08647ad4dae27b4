import { describe, expect, it } from 'vitest';
import { lexSql } from './lexer.js';
import { aliasPrefixes, applyEdits, findHiddenTable, findTableReferences } from './references.js';

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

  it('a value after WITH FILL FROM is no table', () => {
    expect(tables('SELECT n FROM t ORDER BY n WITH FILL FROM 0 TO 5, m WITH FILL FROM a TO b')).toEqual([
      't',
    ]);
    expect(tables('WITH fill AS (SELECT 1) SELECT * FROM u')).toEqual(['u']);
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

describe('applyEdits', () => {
  it('parts are replaced, whatever their order', () => {
    expect(
      applyEdits('SELECT * FROM a, b', [
        { start: 17, end: 18, text: 'two' },
        { start: 14, end: 15, text: 'one' },
      ]),
    ).toBe('SELECT * FROM one, two');
  });
});

describe('aliasPrefixes', () => {
  const rewritten = (sql: string) => {
    const tokens = lexSql(sql);
    const references = findTableReferences(tokens);
    return applyEdits(
      sql,
      references.flatMap((reference) => aliasPrefixes(tokens, references, reference)),
    );
  };

  it.each([
    ['SELECT a.id FROM a x WHERE a.n = x.n', 'SELECT x.id FROM a x WHERE x.n = x.n'],
    ['SELECT `a`.id FROM a AS `x y`', 'SELECT `x y`.id FROM a AS `x y`'],
    [
      'SELECT e.id FROM ev e LEFT JOIN a x ON a.id = e.id',
      'SELECT e.id FROM ev e LEFT JOIN a x ON x.id = e.id',
    ],
  ])('a name before its alias becomes the alias: %s', (sql, expected) => {
    expect(rewritten(sql)).toBe(expected);
  });

  it.each([
    'SELECT a.id FROM a',
    'SELECT a.id FROM a AS a',
    'SELECT a.id FROM a x JOIN a y ON x.id = y.id',
    'SELECT a.id FROM a x JOIN b AS a ON x.id = a.id',
    'SELECT t.a.id FROM a x',
  ])('a name that means something else, or two tables, is left alone: %s', (sql) => {
    expect(rewritten(sql)).toBe(sql);
  });
});
