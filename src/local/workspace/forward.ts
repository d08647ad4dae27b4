/** The query that fills a changed datasource from its old rows. */
import { DatafileError } from '../errors.js';
import { isPunct, isWord, lexSql, SqlLexError } from '../sql/lexer.js';

/** The SELECT of a FORWARD_QUERY. The usual form has no FROM: it reads the datasource itself. Throws a DatafileError. */
export function forwardSelect(name: string, query: string): string {
  try {
    let depth = 0;
    for (const token of lexSql(query)) {
      if (isPunct(token, '(')) depth += 1;
      if (isPunct(token, ')')) depth -= 1;
      if (depth === 0 && isWord(token, 'from')) return query;
    }
    return `${query.trimEnd().replace(/;$/, '')}\nFROM ${name}`;
  } catch (error) {
    if (error instanceof SqlLexError) throw new DatafileError(`FORWARD_QUERY: ${error.message}`);
    throw error;
  }
}
