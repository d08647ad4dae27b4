/** joinGet() and joinGetOrNull(): functions that name a table by a text. */
import { DatafileError } from '../errors.js';
import { isPunct, type SqlToken } from './lexer.js';

const functions = new Set(['joinget', 'joingetornull']);

/** Whether a function of the engine reads the table that its first argument names. */
export function isJoinGet(name: string): boolean {
  return functions.has(name.toLowerCase());
}

/** A call that reads a table of ENGINE Join. */
export interface JoinGet {
  /** The function as it is written. */
  call: string;
  /** `['names']`, or `['other', 'names']`. */
  parts: string[];
  /** False for a bare name, which may mean something else in the query. */
  isText: boolean;
  /** Where the first argument is in the text. */
  start: number;
  end: number;
}

/** The calls in a query. Throws a DatafileError for one whose table is given by anything but its name. */
export function findJoinGets(tokens: readonly SqlToken[]): JoinGet[] {
  return tokens.flatMap((token, index) => {
    const isName = token.kind === 'word' || token.kind === 'quoted';
    if (!isName || !isJoinGet(token.name) || !isPunct(tokens[index + 1], '(')) return [];
    const end = tokens.findIndex((one, at) => at > index + 1 && (isPunct(one, ',') || isPunct(one, ')')));
    const argument = tokens.slice(index + 2, end < 0 ? undefined : end);
    const [first, last] = [argument[0], argument.at(-1)];
    const parts = partsOf(argument);
    if (parts === undefined || !first || !last) throw joinGetRefusal(token.name);
    const isText = first.kind === 'string';
    return [{ call: token.name, parts, isText, start: first.start, end: last.end }];
  });
}

/** `'names'`, `'other.names'`, or the same without quotes. */
function partsOf(tokens: readonly SqlToken[]): string[] | undefined {
  const [first, dot, second, ...more] = tokens;
  if (first?.kind === 'string' && dot === undefined) {
    return /^'(\w+(?:\.\w+)?)'$/.exec(first.text)?.[1]?.split('.');
  }
  const isName = (token: SqlToken | undefined) => token?.kind === 'word' || token?.kind === 'quoted';
  if (!first || !isName(first) || more.length > 0) return undefined;
  if (dot === undefined) return [first.name];
  return isPunct(dot, '.') && second && isName(second) ? [first.name, second.name] : undefined;
}

/** The error for a call whose table cannot be told from the text. */
export function joinGetRefusal(name: string): DatafileError {
  return new DatafileError(
    `the function ${name}() is not allowed like this: its first argument must be the name of a Data Source with ENGINE Join, as in ${name}('NAME', 'column', key)`,
  );
}
