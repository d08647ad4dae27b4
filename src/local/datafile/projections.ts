/** Parses the PROJECTIONS block of a `.datasource` file. */
import { DatafileError } from '../errors.js';
import { isPunct, isWord, lexSql, SqlLexError, type SqlToken } from '../sql/lexer.js';
import type { TableProjection } from './types.js';

const form = 'name (SELECT columns GROUP BY columns ORDER BY columns)';

/**
 * The projections of a block: `[PROJECTION] name (SELECT …)`, with or without commas between them. `lineAt` tells the
 * line of a place in the text, for errors. Throws a DatafileError.
 */
export function readProjections(text: string, lineAt: (offset: number) => number): TableProjection[] {
  const tokens = lexed(text, lineAt(0));
  const projections: TableProjection[] = [];
  let at = 0;
  while (at < tokens.length) {
    const start = tokens[at]?.start ?? 0;
    const fail = (reason: string) => new DatafileError(`line ${lineAt(start)}: PROJECTIONS: ${reason}`);
    if (isWord(tokens[at], 'projection') && !isPunct(tokens[at + 1], '(')) at += 1;
    const [name, open] = tokens.slice(at, at + 2);
    const isName = name?.kind === 'word' || name?.kind === 'quoted';
    if (!isName || !open || !isPunct(open, '('))
      throw fail(`"${lineOfText(text, start)}" is not of the form: ${form}`);
    const close = closingOf(tokens, at + 1);
    if (!close) throw fail(`the query of ${name.name} has no closing bracket`);
    if (projections.some((one) => one.name === name.name)) throw fail(`${name.name} is there twice`);
    projections.push({ name: name.name, query: text.slice(open.end, close.start).trim() });
    at = tokens.indexOf(close) + 1;
    if (isPunct(tokens[at], ',')) at += 1;
  }
  return projections;
}

function lexed(text: string, line: number): SqlToken[] {
  try {
    return lexSql(text);
  } catch (error) {
    if (error instanceof SqlLexError) throw new DatafileError(`line ${line}: PROJECTIONS: ${error.message}`);
    throw error;
  }
}

function lineOfText(text: string, offset: number): string {
  return text.slice(offset).split('\n', 1)[0] ?? '';
}

/** The bracket that closes the one at `open`; undefined if there is none. */
function closingOf(tokens: readonly SqlToken[], open: number): SqlToken | undefined {
  let depth = 0;
  return tokens.slice(open).find((token) => {
    if (isPunct(token, '(')) depth += 1;
    if (isPunct(token, ')')) depth -= 1;
    return depth === 0;
  });
}
