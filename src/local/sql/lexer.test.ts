import { describe, expect, it } from 'vitest';
import { lexSql, SqlLexError, withoutComments } from './lexer.js';

const texts = (sql: string) => lexSql(sql).map((token) => token.text);

describe('lexSql', () => {
  it('comments are left out, including nested ones', () => {
    expect(texts('a -- b\n/* c /* d */ e */ f # g')).toEqual(['a', 'f']);
  });

  it('quotes and comment marks inside a string are kept', () => {
    expect(texts(`'it\\'s -- no' 'a''b'`)).toEqual([`'it\\'s -- no'`, `'a''b'`]);
  });

  it('a quoted identifier is returned as the name that it stands for', () => {
    expect(lexSql('`a``b` "c\\"d"').map((token) => token.name)).toEqual(['a`b', 'c"d']);
  });

  it('a heredoc is a single string', () => {
    expect(texts('$tag$ ; drop $tag$ x')).toEqual(['$tag$ ; drop $tag$', 'x']);
  });

  it.each([
    ["SELECT ‘'’ AS q, line FROM file(‘/tmp/x’) WHERE line != ‘'’", /"‘" \(U\+2018\) at character 8/],
    ['SELECT “a”', /U\+201C/],
    ['SELECT\u00a01', /U\+00A0/],
    ['SELECT é', /U\+00E9/],
    ['SELECT 😀', /U\+1F600/],
    ["SELECT 'a\0b'", /NUL/],
    ['SELECT $a-b$ 1 $a-b$', /\$ at character 8/],
    ['SELECT `\\x66ile`(1)', /escape/],
    ['SELECT "a\\\\\\x66"', /escape/],
  ])('text that the engine would read differently is refused: %s', (sql, reason) => {
    expect(() => lexSql(sql)).toThrow(reason);
  });

  it('quotes and comments may contain any character', () => {
    expect(texts("'‘é’' `ü` -- “\n/* 😀 */ $$…$$")).toEqual(["'‘é’'", '`ü`', '$$…$$']);
  });

  it.each([`'open`, '`open', '/* open'])('the incomplete text %s is refused', (sql) => {
    expect(() => lexSql(sql)).toThrow(SqlLexError);
  });
});

describe('comments', () => {
  it('a // outside of texts is refused, because the engine takes it for a comment', () => {
    for (const sql of ["SELECT 1 // 'x'", "SELECT 1 // '\n, file('/etc/hostname') --'", 'SELECT 1//2', '//'])
      expect(() => lexSql(sql)).toThrow(/the \/\/ at character \d+ is not allowed/);
    expect(lexSql("SELECT 'http://a' -- see http://b\n/* // */")).toHaveLength(2);
  });

  it('comments become blanks, and every token keeps its place', () => {
    const sql = "SELECT /* a\n 'b' */ 1 -- 'c\n + 'd -- e'";
    const bare = withoutComments(sql, lexSql(sql));
    expect(bare).toBe("SELECT     \n        1      \n + 'd -- e'");
    expect(lexSql(bare)).toEqual(lexSql(sql));
  });
});
