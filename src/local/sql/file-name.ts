/** Finds the function file() in SQL where it is not called by name. */
import { DatafileError } from '../errors.js';
import { isPunct, isWord, type SqlToken } from './lexer.js';

/** Words that can follow a column and are not its alias, even before a comma, a bracket or FROM. */
const notAnAlias = new Set(['asc', 'desc', 'end', 'final']);

/**
 * Throws a DatafileError if the token names the function file() in a way that lets the engine call it: passed to a
 * function or to APPLY, or under another name. It is the only function that reads files without needing a right, so the
 * text is checked too, in addition to the engine's own parse. Calls written as "file(" are refused elsewhere.
 */
export function refuseFileName(tokens: readonly SqlToken[], index: number): void {
  const token = tokens[index];
  if (!isName(token) || token.name.toLowerCase() !== 'file' || isPunct(tokens[index - 1], '.')) return;
  if (isHandedOver(tokens, index) || isRenamed(tokens, index)) throw nameRefusal(token.name);
}

/** The error for a name where the engine could take it for a refused function. */
export function nameRefusal(name: string): DatafileError {
  return new DatafileError(
    `the name ${name} is not allowed here, because the function ${name}() is not: write a column of that name with its table, TABLE.${name}`,
  );
}

/** Whether it is an argument of APPLY, or of a function that can take a function. */
function isHandedOver(tokens: readonly SqlToken[], index: number): boolean {
  const before = tokens[index - 1];
  if (isName(before) && before.name.toLowerCase() === 'apply') return true;
  let closed = 0;
  for (let at = index - 1; at >= 0; at -= 1) {
    const token = tokens[at];
    if (closed === 0 && isWord(token, 'select')) return false;
    if (isPunct(token, ')') || isPunct(token, ']')) closed += 1;
    if (!isPunct(token, '(') && !isPunct(token, '[')) continue;
    closed -= 1;
    if (closed >= 0) continue;
    // Brackets around it do not matter; a name before the brackets takes what is inside them.
    const owner = tokens[at - 1];
    if (isName(owner)) return /^(?:apply$|array|map)/i.test(owner.name);
    closed = 0;
  }
  return false;
}

function isRenamed(tokens: readonly SqlToken[], index: number): boolean {
  let at = index + 1;
  while (isPunct(tokens[at], ')')) at += 1;
  const alias = tokens[at];
  if (!isName(alias)) return false;
  const word = alias.kind === 'word' ? alias.name.toLowerCase() : '';
  if (word === 'as') return true;
  const after = tokens[at + 1];
  const ends =
    after === undefined || isPunct(after, ',') || isPunct(after, ')') || after.name.toLowerCase() === 'from';
  return ends && !notAnAlias.has(word);
}

function isName(token: SqlToken | undefined): token is SqlToken {
  return token?.kind === 'word' || token?.kind === 'quoted';
}
