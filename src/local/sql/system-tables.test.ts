import { expect, it } from 'vitest';
import { withoutSystemTables } from './system-tables.js';

it.each([
  ['SELECT number FROM system.numbers LIMIT 3', 'SELECT number FROM numbers(18446744073709551615) LIMIT 3'],
  ['SELECT 1 FROM System . one', 'SELECT 1 FROM (SELECT toUInt8(0) AS dummy)'],
  [
    'SELECT * FROM t JOIN system.zeros AS z ON 1',
    'SELECT * FROM t JOIN zeros(18446744073709551615) AS z ON 1',
  ],
  ['SELECT * FROM system.tables', 'SELECT * FROM system.tables'],
  ['SELECT t.system.one, system.one FROM t', 'SELECT t.system.one, system.one FROM t'],
  ["SELECT 'FROM system.one', 1 -- FROM system.one", "SELECT 'FROM system.one', 1 -- FROM system.one"],
  ["SELECT 'x FROM system.one", "SELECT 'x FROM system.one"],
])('%s becomes %s', (sql, expected) => {
  expect(withoutSystemTables(sql)).toBe(expected);
});
