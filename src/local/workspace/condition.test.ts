import { describe, expect, it } from 'vitest';
import { checkCondition, withConditions } from './condition.js';

const one = (name: string) => (name === 'sales' ? "tenant = 'a'" : undefined);

describe('withConditions', () => {
  it.each([
    ['SELECT * FROM sales', "SELECT * FROM (SELECT * FROM sales WHERE (tenant = 'a'\n)) AS sales"],
    ['SELECT s.x FROM sales AS s', "SELECT s.x FROM (SELECT * FROM sales WHERE (tenant = 'a'\n)) AS s"],
    [
      'SELECT 1 FROM other WHERE x IN sales',
      "SELECT 1 FROM other WHERE x IN (SELECT * FROM sales WHERE (tenant = 'a'\n))",
    ],
    ['SELECT * FROM other', 'SELECT * FROM other'],
    [
      'WITH sales AS (SELECT 1 AS x) SELECT x FROM sales',
      'WITH sales AS (SELECT 1 AS x) SELECT x FROM sales',
    ],
    ["SELECT 'FROM sales'", "SELECT 'FROM sales'"],
  ])('the condition applies to each place that reads the table: %s', (sql, expected) => {
    expect(withConditions(sql, one)).toBe(expected);
  });

  it('the columns that the table computes can be read, but are none of those of IN', () => {
    const rows = (list: string) => `(SELECT ${list} FROM sales WHERE (tenant = 'a'\n))`;
    expect(withConditions('SELECT 1 FROM sales WHERE 1 IN sales', one, () => ['level'])).toBe(
      `SELECT 1 FROM ${rows('*, `level`')} AS sales WHERE 1 IN ${rows('*')}`,
    );
  });
});

describe('checkCondition', () => {
  it.each(["x = ')'", '(a = 1 OR b IN (1, 2))', 'f(x) > 1 -- )'])('a closed condition passes: %s', (text) => {
    expect(() => checkCondition(text)).not.toThrow();
  });

  it.each(['1) OR (1', '(1', '1; DROP TABLE x', '', "x = 'a"])(
    'a text that leaves its place is refused: %s',
    (text) => {
      expect(() => checkCondition(text)).toThrow();
    },
  );
});
