/** The shape of a statement, by which checks are remembered. */
import { isJoinGet } from './join-get.js';
import { isPunct, type SqlToken } from './lexer.js';
import { isRowMaker } from './row-maker.js';

const plainNumber = /^\d+(?:\.\d+)?$/;

/**
 * A statement without its comments, texts and numbers. Statements of the same shape call the same functions and read the
 * same tables.
 */
export function shapeOf(tokens: readonly SqlToken[]): string {
  return tokens
    .map(({ kind, text }, index) => {
      // The text names a table or describes columns.
      const owner = isPunct(tokens[index - 1], '(') ? (tokens[index - 2]?.name ?? '') : '';
      if (kind === 'string') return isJoinGet(owner) || isRowMaker(owner) ? text : "''";
      // The engine reads 1file as a name.
      return kind === 'number' && plainNumber.test(text) ? '0' : text;
    })
    .join(' ');
}
