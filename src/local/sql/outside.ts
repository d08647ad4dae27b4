/** The table functions by which a query on Tinybird reads other databases, files and addresses. */
import { isPunct, isWord, lexSql, SqlLexError } from './lexer.js';

const functions = new Set(
  'azureblobstorage deltalake gcs iceberg mongodb mysql postgresql s3 url'.split(' '),
);

/** The first one that a query reads, as it is written; undefined if there is none, or the text cannot be read. */
export function outsideFunction(sql: string): string | undefined {
  try {
    const tokens = lexSql(sql);
    return tokens.find(({ kind, name }, index) => {
      const before = tokens[index - 1];
      const isTable = isWord(before, 'from') || isWord(before, 'join');
      return (
        kind === 'word' && functions.has(name.toLowerCase()) && isTable && isPunct(tokens[index + 1], '(')
      );
    })?.text;
  } catch (error) {
    if (error instanceof SqlLexError) return undefined;
    throw error;
  }
}
