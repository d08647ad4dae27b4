/**
 * A lexer for ClickHouse SQL that tells text, comments and names apart, so that no other check searches inside a
 * string. It follows ClickHouse's own lexer wherever a difference could matter for safety (heredocs, nested comments,
 * quoted identifiers, dash-like comments). It refuses what the engine would treat in its own way as quotes, names or
 * white space: non-ASCII characters, and escapes in names.
 */
type SqlTokenKind = 'word' | 'quoted' | 'string' | 'number' | 'punct';

export interface SqlToken {
  kind: SqlTokenKind;
  /** The token as written. */
  text: string;
  /** For a word or a quoted identifier: the name that it stands for. */
  name: string;
  start: number;
  end: number;
}

/** SQL that cannot be split into tokens: an unclosed string, comment or identifier. */
export class SqlLexError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SqlLexError';
  }
}

const wordStart = /[A-Za-z_]/;
const wordPart = /[A-Za-z0-9_$]/;
// eslint-disable-next-line no-control-regex
const hasControl = /[\u0000-\u001f\u007f\u0085\u2028\u2029]/;
const heredoc = /^\$([A-Za-z0-9_]*)\$/;

/** The tokens of `sql`, without comments and white space. */
export function lexSql(sql: string): SqlToken[] {
  // Some callers of the engine's parser stop at a NUL, others read the whole text.
  if (sql.includes('\0')) throw new SqlLexError('a NUL character is not allowed');
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const char = sql.charAt(at);
    if (/[ \t\n\r\v\f]/.test(char)) {
      at += 1;
      continue;
    }
    // The engine takes the rest of the line for a comment; no operator is written like this.
    if (sql.startsWith('//', at))
      throw new SqlLexError(`the // at character ${at + 1} is not allowed: write a comment as -- or /* */`);
    const comment = skipComment(sql, at);
    if (comment > at) {
      at = comment;
      continue;
    }
    if (!/[ -~]/.test(char)) throw strangeCharacter(sql, at);
    const token = readToken(sql, at, char);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

/** The same text with blanks in place of its comments, so that every token keeps its place. */
export function withoutComments(sql: string, tokens: readonly SqlToken[]): string {
  let bare = '';
  for (const { start, end } of tokens) {
    bare += sql.slice(bare.length, start).replace(/[^\s]/g, ' ') + sql.slice(start, end);
  }
  return bare;
}

/** The engine accepts ‘…’ and “…” as quotes; this lexer would read their content as SQL. */
function strangeCharacter(sql: string, at: number): SqlLexError {
  const code = sql.codePointAt(at) ?? 0;
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return new SqlLexError(
    `the character ${JSON.stringify(String.fromCodePoint(code))} (${name}) at character ${at + 1} may stand in quotes or comments only; texts are quoted by ' and names by \` or "`,
  );
}

function skipComment(sql: string, at: number): number {
  if (sql.startsWith('--', at) || sql.startsWith('# ', at) || sql.startsWith('#!', at)) {
    const end = sql.indexOf('\n', at);
    return end < 0 ? sql.length : end + 1;
  }
  if (!sql.startsWith('/*', at)) return at;
  let depth = 1;
  let cursor = at + 2;
  while (depth > 0) {
    const close = sql.indexOf('*/', cursor);
    if (close < 0) throw new SqlLexError('a comment opened with /* is not closed');
    const open = sql.indexOf('/*', cursor);
    if (open >= 0 && open < close) {
      depth += 1;
      cursor = open + 2;
    } else {
      depth -= 1;
      cursor = close + 2;
    }
  }
  return cursor;
}

function readToken(sql: string, at: number, char: string): SqlToken {
  if (char === "'") {
    const end = readQuoted(sql, at, "'");
    return make('string', sql, at, end, '');
  }
  if (char === '"' || char === '`') {
    const end = readQuoted(sql, at, char);
    const inner = sql.slice(at + 1, end - 1);
    // EXPLAIN would spread the name over several lines.
    if (hasControl.test(inner))
      throw new SqlLexError('a name has a control character: it is not allowed there');
    // The engine reads \x66 as f.
    if (/\\[^\\`"']/.test(inner.replaceAll('\\\\', ''))) {
      throw new SqlLexError(
        `the name ${sql.slice(at, end)} has an escape: only \\\\, \\\`, \\" and \\' are allowed`,
      );
    }
    return make('quoted', sql, at, end, unquote(inner, char));
  }
  if (wordStart.test(char)) {
    let end = at + 1;
    while (end < sql.length && wordPart.test(sql.charAt(end))) end += 1;
    return make('word', sql, at, end, sql.slice(at, end));
  }
  if (/[0-9]/.test(char)) {
    let end = at + 1;
    while (end < sql.length && /[0-9A-Za-z_.]/.test(sql.charAt(end))) end += 1;
    return make('number', sql, at, end, '');
  }
  if (char === '$') {
    const tag = heredoc.exec(sql.slice(at, at + 130))?.[0];
    const close = tag === undefined ? -1 : sql.indexOf(tag, at + tag.length);
    if (tag !== undefined && close >= 0) return make('string', sql, at, close + tag.length, '');
    throw new SqlLexError(
      `the $ at character ${at + 1} opens no text: write $tag$…$tag$, or put it in quotes`,
    );
  }
  return make('punct', sql, at, at + 1, '');
}

function readQuoted(sql: string, at: number, quote: string): number {
  let cursor = at + 1;
  for (;;) {
    const char = sql.charAt(cursor);
    if (cursor >= sql.length) throw new SqlLexError(`a ${quote} opened at character ${at + 1} is not closed`);
    if (char === '\\') {
      cursor += 2;
    } else if (char === quote) {
      if (sql.charAt(cursor + 1) !== quote) return cursor + 1;
      cursor += 2;
    } else {
      cursor += 1;
    }
  }
}

function unquote(inner: string, quote: string): string {
  return inner.replaceAll(quote + quote, quote).replace(/\\(.)/gs, '$1');
}

function make(kind: SqlTokenKind, sql: string, start: number, end: number, name: string): SqlToken {
  return { kind, text: sql.slice(start, end), name, start, end };
}

/** True if the token is the given keyword, in any case, unquoted. */
export function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}

/** True if the token is the given punctuation character. */
export function isPunct(token: SqlToken | undefined, char: string): boolean {
  return token?.kind === 'punct' && token.text === char;
}
