import { DatafileError } from '../errors.js';
import { isPunct, isWord, type SqlToken } from './lexer.js';

/** Words that may follow a column without being its alias, where a comma, a bracket or FROM comes after them. */
const notAnAlias = new Set(['asc', 'desc', 'end', 'final']);

/**
 * Throws a DatafileError where the token names the function file() so that the engine could call it: handed to a function
 * or to APPLY, or under another name. It alone reads files without asking for a right, so it is
 * looked for in the text as well, whatever the engine tells of a query. Calls by "file(" are refused elsewhere.
 */
export function refuseFileName(tokens: readonly SqlToken[], index: number): void {
  const token = tokens[index];
  if (!isName(token) || token.name.toLowerCase() !== 'file' || isPunct(tokens[index - 1], '.')) return;
  if (isHandedOver(tokens, index) || isRenamed(tokens, index)) throw nameRefusal(token.name);
}

/** Why a name may not stand where the engine could take it for a function that is refused. */
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
    // Brackets around it change nothing; a name before them takes what is in them.
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
