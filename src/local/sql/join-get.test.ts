import { describe, expect, it } from 'vitest';
import { readJoinGets } from './dump.js';
import { findJoinGets } from './join-get.js';
import { lexSql } from './lexer.js';
import { shapeOf } from './shape.js';

const find = (sql: string) => findJoinGets(lexSql(sql));

describe('findJoinGets', () => {
  it.each([
    ["SELECT joinGet('names', 'name', id)", [['names']]],
    [
      "SELECT joinGetOrNull(names, 'name', id), joinGet ( `other`.`names`, 'a', 1)",
      [['names'], ['other', 'names']],
    ],
    ["SELECT /* ( */ `joinGet`('other.names', 'a', toUInt32(1))", [['other', 'names']]],
    ["SELECT joinGet, 'joinGet(1)' FROM t", []],
  ])('%s reads %j', (sql, tables) => {
    expect(find(sql).map(({ parts }) => parts)).toEqual(tables);
  });

  it('the place is that of the first argument', () => {
    const sql = "SELECT joinGet( 'names' , 'name', id)";
    expect(find(sql).map(({ start, end }) => sql.slice(start, end))).toEqual(["'names'"]);
  });

  it.each([
    "SELECT joinGet(concat('na', 'mes'), 'name', id)",
    "SELECT joinGet('na' || 'mes', 'name', id)",
    "SELECT joinGet('a.b.c', 'name', id)",
    "SELECT joinGet('na\\x6des', 'name', id)",
    'SELECT joinGet({table: String}, 1, 2)',
    'SELECT joinGet()',
    'SELECT joinGet(a.b.c, 1)',
  ])('%s is refused', (sql) => {
    expect(() => find(sql)).toThrow('its first argument must be the name of a Data Source');
  });
});

it('two queries that read other tables by joinGet() have different shapes', () => {
  const shape = (sql: string) => shapeOf(lexSql(sql));
  expect(shape("SELECT joinGet('a', 'x', 1)")).not.toBe(shape("SELECT joinGet('b', 'x', 1)"));
  expect(shape("SELECT joinGet('a', 'x', 1)")).toBe(shape("SELECT joinGet('a', 'y', 2)"));
});

describe('readJoinGets', () => {
  const dump = (first: string) => `QUERY id: 0
  PROJECTION
    LIST id: 1, nodes: 1
      FUNCTION id: 2, alias: x, function_name: joinGet, function_type: ordinary
        ARGUMENTS
          LIST id: 3, nodes: 3
            ${first}
            CONSTANT id: 5, constant_value: 'v', constant_value_type: String`;

  it.each([
    ["CONSTANT id: 4, constant_value: 'd.j', constant_value_type: String", 'd.j'],
    ["CONSTANT id: 4, constant_value: 'j', constant_value_type: String", 'j'],
    ["CONSTANT id: 4, alias: t, constant_value: 'j', constant_value_type: String", undefined],
    ['IDENTIFIER id: 4, identifier: d.j', undefined],
    ['FUNCTION id: 4, function_name: concat, function_type: ordinary', undefined],
  ])('with %s first, the table is %s', (first, table) => {
    expect(readJoinGets(dump(first))).toEqual([{ call: 'joinGet', table }]);
  });

  it('a call without arguments in the answer, as of APPLY, has no table', () => {
    expect(
      readJoinGets('EXPRESSION\n  FUNCTION id: 2, function_name: joinGet, function_type: ordinary'),
    ).toEqual([{ call: 'joinGet', table: undefined }]);
  });
});
