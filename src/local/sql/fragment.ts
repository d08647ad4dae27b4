/** Checks expressions of a datafile that are pasted into a statement. */
import { DatafileError } from '../errors.js';
import { isPunct, isWord, lexSql, SqlLexError, type SqlToken } from './lexer.js';
import { findHiddenTable } from './references.js';
import { refuseFileName } from './file-name.js';
import { isJoinGet } from './join-get.js';
import { refuseSource } from './statement.js';

const closing = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

/**
 * The tokens of an expression that will be pasted into a statement. It must be complete in itself and read nothing but
 * the row. Throws a DatafileError.
 */
export function readFragment(text: string, sources: ReadonlySet<string>): SqlToken[] {
  const tokens = lexWithoutComments(text);
  if (tokens.length === 0) throw new DatafileError('is empty');
  const open: string[] = [];
  tokens.forEach((token, index) => {
    const closer = token.kind === 'punct' ? closing.get(token.text) : undefined;
    if (closer !== undefined) open.push(closer);
    else if (token.kind === 'punct' && /[)\]}]/.test(token.text) && open.pop() !== token.text) {
      throw new DatafileError(`"${token.text}" has no opening bracket`);
    }
    if (isPunct(token, ';')) throw new DatafileError('";" is not allowed');
    if (isWord(token, 'select')) throw new DatafileError('SELECT is not allowed');
    const next = tokens[index + 1];
    if (isWord(token, 'in') && (next?.kind === 'word' || next?.kind === 'quoted')) {
      throw new DatafileError(`IN ${next.text} is not allowed: give the values`);
    }
    refuseSource(tokens, index, sources);
    if (isJoinGet(token.name) && isPunct(next, '(')) {
      throw new DatafileError(`the function ${token.name}() is not allowed here: it reads another table`);
    }
    refuseFileName(tokens, index);
  });
  if (open.length > 0) throw new DatafileError(`"${open.at(-1)}" is missing`);
  const hidden = findHiddenTable(tokens, () => false);
  if (hidden !== undefined) throw new DatafileError(`${hidden} is not allowed`);
  return tokens;
}

function lexWithoutComments(text: string): SqlToken[] {
  try {
    const tokens = lexSql(text);
    let at = 0;
    for (const { start, end } of [...tokens, { start: text.length, end: text.length }]) {
      if (text.slice(at, start).trim() !== '') throw new DatafileError('comments are not allowed');
      at = end;
    }
    return tokens;
  } catch (error) {
    if (error instanceof SqlLexError) throw new DatafileError(error.message);
    throw error;
  }
}

/** The tokens outside all brackets. */
export function outerTokens(tokens: readonly SqlToken[]): SqlToken[] {
  let depth = 0;
  return tokens.filter((token) => {
    const isClosing = token.kind === 'punct' && /[)\]}]/.test(token.text);
    if (isClosing) depth -= 1;
    const isOuter = depth === 0 && !isClosing;
    if (token.kind === 'punct' && closing.has(token.text)) depth += 1;
    return isOuter;
  });
}
