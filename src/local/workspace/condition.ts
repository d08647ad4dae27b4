/** Conditions on rows that a client sends: of a deletion, or of a token. */
import { quoteIdentifier } from '../sql/quote.js';
import { DatafileError } from '../errors.js';
import { isPunct, lexSql, SqlLexError } from '../sql/lexer.js';
import { applyEdits, findTableReferences } from '../sql/references.js';

/**
 * Checks that a text stays within the parentheses that it will be pasted into. What it may name is decided when the
 * query around it is resolved and checked. Throws a DatafileError.
 */
export function checkCondition(text: string): void {
  let depth = 0;
  const tokens = lexOrThrow(text);
  if (tokens.length === 0) throw new DatafileError('the condition is empty');
  for (const token of tokens) {
    if (isPunct(token, ';')) throw new DatafileError('";" is not allowed in a condition');
    if (isPunct(token, '(')) depth += 1;
    if (isPunct(token, ')')) depth -= 1;
    if (depth < 0) throw new DatafileError('a closing parenthesis of the condition has no opening one');
  }
  if (depth > 0) throw new DatafileError('an opening parenthesis of the condition is not closed');
}

/**
 * A SELECT that reads only the rows for which a condition is true, of each table that has one. The same tables are found
 * as when the query is resolved. `*` leaves out the columns that a table computes: `computedOf` names them. Throws a
 * DatafileError.
 */
export function withConditions(
  sql: string,
  conditionOf: (table: string) => string | undefined,
  computedOf: (table: string) => readonly string[] = () => [],
): string {
  const edits = findTableReferences(lexOrThrow(sql)).flatMap((reference) => {
    const { parts, position, needsAlias, start, end } = reference;
    const [name = '', ...rest] = parts;
    const condition = rest.length > 0 ? undefined : conditionOf(name);
    if (condition === undefined) return [];
    const computed = position === 'from' ? computedOf(name).map((one) => `, ${quoteIdentifier(one)}`) : [];
    const rows = `(SELECT *${computed.join('')} FROM ${name} WHERE (${condition}\n))`;
    return [{ start, end, text: position === 'from' && needsAlias ? `${rows} AS ${name}` : rows }];
  });
  return applyEdits(sql, edits);
}

function lexOrThrow(sql: string) {
  try {
    return lexSql(sql);
  } catch (error) {
    if (error instanceof SqlLexError) throw new DatafileError(error.message);
    throw error;
  }
}
