/** The shape of a statement, by which checks are remembered. */
import type { SqlToken } from './lexer.js';

const plainNumber = /^\d+(?:\.\d+)?$/;

/** A statement without its comments, texts and numbers. Statements of the same shape call the same functions. */
export function shapeOf(tokens: readonly SqlToken[]): string {
  return tokens
    .map(({ kind, text }) => {
      if (kind === 'string') return "''";
      // The engine reads 1file as a name.
      return kind === 'number' && plainNumber.test(text) ? '0' : text;
    })
    .join(' ');
}
