/** The table functions by which a query on Tinybird reads other databases, files and addresses. */
import { isPunct, isWord, lexSql, SqlLexError } from './lexer.js';

const functions = new Set(
  'azureblobstorage deltalake gcs iceberg mongodb mysql postgresql s3 url'.split(' '),
);

/** The words that end a list of tables. */
const ends = [
  'select',
  'prewhere',
  'where',
  'group',
  'having',
  'order',
  'limit',
  'settings',
  'union',
] as const;

/** The first one that a query reads, as it is written; undefined if there is none, or the text cannot be read. */
export function outsideFunction(sql: string): string | undefined {
  try {
    const tokens = lexSql(sql);
    // Whether the text at each depth of parentheses is in a list of tables, where a comma joins.
    const isInFrom = [false];
    for (const [index, token] of tokens.entries()) {
      const before = tokens[index - 1];
      if (isPunct(token, '(')) isInFrom.push(false);
      else if (isPunct(token, ')')) isInFrom.pop();
      else if (isWord(token, 'from') || isWord(token, 'join')) isInFrom[isInFrom.length - 1] = true;
      else if (ends.some((word) => isWord(token, word))) isInFrom[isInFrom.length - 1] = false;
      const isTable =
        isWord(before, 'from') ||
        isWord(before, 'join') ||
        (isPunct(before, ',') && isInFrom.at(-1) === true);
      if (
        token.kind === 'word' &&
        functions.has(token.name.toLowerCase()) &&
        isTable &&
        isPunct(tokens[index + 1], '(')
      )
        return token.text;
    }
    return undefined;
  } catch (error) {
    if (error instanceof SqlLexError) return undefined;
    throw error;
  }
}
