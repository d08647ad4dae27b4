/** The tables of ClickHouse's `system` that Tinybird lets a query read, because they only count. */
import { isPunct, isWord, lexSql, SqlLexError, type SqlToken } from './lexer.js';
import { applyEdits } from './references.js';

/** More rows than anyone reads: like the tables, these have no end. */
const ENDLESS = '18446744073709551615';

const counting = new Map([
  ['one', '(SELECT toUInt8(0) AS dummy)'],
  ['numbers', `numbers(${ENDLESS})`],
  ['numbers_mt', `numbers_mt(${ENDLESS})`],
  ['zeros', `zeros(${ENDLESS})`],
  ['zeros_mt', `zeros_mt(${ENDLESS})`],
]);

/** The query with `system.numbers` and the like, right of FROM or JOIN, as functions that make the same rows. */
export function withoutSystemTables(sql: string): string {
  if (!/\bsystem\b/i.test(sql)) return sql;
  const tokens = lexed(sql);
  const edits = tokens.flatMap((token, index) => {
    const before = tokens[index - 1];
    const name = tokens[index + 2];
    const isTable = isWord(before, 'from') || isWord(before, 'join');
    if (!isTable || !isWord(token, 'system') || !isPunct(tokens[index + 1], '.') || !name) return [];
    const text = counting.get(name.name.toLowerCase());
    return text === undefined ? [] : [{ start: token.start, end: name.end, text }];
  });
  return applyEdits(sql, edits);
}

/** Nothing for a text that cannot be read: what reads it next tells why. */
function lexed(sql: string): SqlToken[] {
  try {
    return lexSql(sql);
  } catch (error) {
    if (error instanceof SqlLexError) return [];
    throw error;
  }
}
