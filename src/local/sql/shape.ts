import type { SqlToken } from './lexer.js';

const plainNumber = /^\d+(?:\.\d+)?$/;

/** A statement without its comments, texts and numbers: statements of one shape call the same functions. */
export function shapeOf(tokens: readonly SqlToken[]): string {
  return tokens
    .map(({ kind, text }) => {
      if (kind === 'string') return "''";
      // The engine takes 1file for a name.
      return kind === 'number' && plainNumber.test(text) ? '0' : text;
    })
    .join(' ');
}
