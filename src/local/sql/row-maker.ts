/** values() and generateRandom(): table functions that make rows, of columns that a text describes. */
import { readSchema } from '../datafile/schema.js';
import { DatafileError } from '../errors.js';

const functions = new Set(['values', 'generaterandom']);

/** Whether a table function makes rows of columns that its first argument describes. */
export function isRowMaker(name: string): boolean {
  return functions.has(name.toLowerCase());
}

/**
 * The first argument of such a function: `text` if it is a text, `value` if it can only be a value. Undefined for
 * anything else, such as a name, which the engine may replace by a text.
 */
export type FirstArgument = { text: string } | 'value' | undefined;

/**
 * Throws a DatafileError unless the first argument describes columns by names and types alone. In anything more, such as
 * DEFAULT, the engine's answer to EXPLAIN would not show what is called.
 */
export function checkRowMaker(name: string, first: FirstArgument): void {
  if (first === 'value' && name.toLowerCase() === 'values') return;
  if (typeof first === 'object' && isPlain(first.text)) return;
  throw new DatafileError(
    `the function ${name}() is not allowed like this: its first argument must be a text with names and types of columns, as in ${name}('a UInt8, b String', …)`,
  );
}

function isPlain(structure: string): boolean {
  // What is a comment for one lexer need not be one for the other.
  if (/--|\/\*|#/.test(structure)) return false;
  try {
    return readSchema(structure).every(
      ({ jsonPath, defaultExpression, materialized, codec }) =>
        jsonPath === undefined &&
        defaultExpression === undefined &&
        materialized === undefined &&
        codec === undefined,
    );
  } catch (error) {
    if (error instanceof DatafileError) return false;
    throw error;
  }
}
