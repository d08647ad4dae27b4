/** Finds the places in a query that name a table, and replaces them. */
import { DatafileError } from '../errors.js';
import { isPunct, isWord, type SqlToken } from './lexer.js';

/** A place in a query where a table is named. */
export interface TableReference {
  /** `['events']`, or `['system', 'one']` when qualified. */
  parts: string[];
  /** `from`: a table expression. `in`: the right side of IN, which may also be a column or an alias. */
  position: 'from' | 'in';
  /** True if the query gives the table no alias; its name must then keep working as a prefix. */
  needsAlias: boolean;
  /** The alias as it is written. */
  alias: string | undefined;
  start: number;
  end: number;
}

/** A table that a query defines by WITH name AS (SELECT …): its name, and where its body is in the text. */
interface CommonTable {
  name: string;
  start: number;
  end: number;
  recursive: boolean;
}

interface Frame {
  /** This level has a SELECT (or starts with FROM), so FROM starts a list of tables. */
  isSelect: boolean;
  inTableList: boolean;
  expectsTable: boolean;
  isEmpty: boolean;
}

const endsTableList = new Set(
  'prewhere where group having order limit offset window qualify settings format union except intersect using fetch'.split(
    ' ',
  ),
);
const notAnAlias = new Set([
  ...endsTableList,
  ...'final sample join left right inner full cross outer any all asof semi anti global local paste array on as with select from parallel'.split(
    ' ',
  ),
]);

/**
 * All places in a SELECT that name a table, in the order of the text, without its own WITH tables. Throws a
 * DatafileError if a table is given by anything but a name.
 */
export function findTableReferences(tokens: readonly SqlToken[]): TableReference[] {
  const commonTables = findCommonTables(tokens);
  const references: TableReference[] = [];
  const frames: Frame[] = [newFrame(false)];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    const frame = frames.at(-1);
    if (!token || !frame) break;
    if (isPunct(token, '(')) {
      frames.push(newFrame(frame.expectsTable));
      frame.expectsTable = false;
      frame.isEmpty = false;
      continue;
    }
    if (isPunct(token, ')')) {
      if (frames.length > 1) frames.pop();
      continue;
    }
    const reference = readReference(tokens, index, frame);
    if (reference) {
      if (!isCommonTable(reference, commonTables)) references.push(reference);
      while ((tokens[index + 1]?.start ?? Infinity) < reference.end) index += 1;
    }
    frame.isEmpty = false;
  }
  return references;
}

/** A part of a text, and what replaces it. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** The text with parts replaced, which do not overlap. */
export function applyEdits(sql: string, edits: readonly Edit[]): string {
  let text = '';
  let at = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    text += sql.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + sql.slice(at);
}

/**
 * Where a query names a column by its table although the table has an alias: `FROM totals t WHERE totals.id = 1`. The
 * engine knows that name for a table, but not for a subquery, so the alias takes its place. A name that means something
 * else too, or several tables, is left alone.
 */
export function aliasPrefixes(
  tokens: readonly SqlToken[],
  references: readonly TableReference[],
  { alias, parts, start }: TableReference,
): Edit[] {
  const [name] = parts;
  const others = references.filter((one) => one.start !== start && one.position === 'from');
  const isShared = others.some(
    (one) => one.parts.at(-1) === name || one.alias?.replaceAll(/[`"]/g, '') === name,
  );
  if (alias === undefined || isShared || alias.replaceAll(/[`"]/g, '') === name) return [];
  return tokens.flatMap((token, index) => {
    const isName = (token.kind === 'word' || token.kind === 'quoted') && token.name === name;
    const isPrefix = isName && isPunct(tokens[index + 1], '.') && !isPunct(tokens[index - 1], '.');
    return isPrefix && token.start !== start ? [{ start: token.start, end: token.end, text: alias }] : [];
  });
}

/** Names of the engine's own databases; the databases of a workspace all start with `ws_`. */
const engineDatabases =
  /^(?:system|default|information_schema|_temporary_and_external_tables|nowhere|ws_.*)$/i;

/** The databases of this workspace. Unlike the pattern above, it leaves other names with `ws_` to columns and aliases. */
const certainDatabases =
  /^(?:system|default|information_schema|_temporary_and_external_tables|nowhere|ws_local(?:__[a-z]+)?)\./i;

/** Whether `database.table` names a table of one of the engine's own databases. */
export function isEngineTable(name: string): boolean {
  return certainDatabases.test(name);
}

/**
 * A table of the engine's own databases that a query names, wherever it stands: even an argument of in() names one.
 * `isKnown` recognises resources whose name also starts with `ws_`, since it may be the prefix of their columns.
 */
export function findHiddenTable(
  tokens: readonly SqlToken[],
  isKnown: (name: string) => boolean,
): string | undefined {
  for (const [index, token] of tokens.entries()) {
    const table = tokens[index + 2];
    if (token.kind !== 'word' && token.kind !== 'quoted') continue;
    if (!engineDatabases.test(token.name)) continue;
    if (/^ws_/i.test(token.name) && isKnown(token.name)) continue;
    if (isPunct(tokens[index - 1], '.') || !isPunct(tokens[index + 1], '.')) continue;
    return `${token.name}.${table?.name ?? ''}`;
  }
  return undefined;
}

function newFrame(expectsTable: boolean): Frame {
  return { isSelect: false, inTableList: expectsTable, expectsTable, isEmpty: true };
}

/** Updates the frame's state for one token; returns a reference if the token names a table. */
function readReference(tokens: readonly SqlToken[], index: number, frame: Frame): TableReference | undefined {
  const token = tokens[index];
  const previous = tokens[index - 1];
  if (!token || isPunct(previous, '.')) return undefined;
  const word = token.kind === 'word' ? token.text.toLowerCase() : '';
  if (isPunct(token, ',')) {
    if (frame.inTableList) frame.expectsTable = true;
    return undefined;
  }
  if (word === 'select' || (word === 'with' && frame.isEmpty)) {
    Object.assign(frame, { isSelect: true, inTableList: false, expectsTable: false });
    return undefined;
  }
  if (word === 'from' && (frame.isSelect || frame.isEmpty) && !isOperatorsFrom(tokens, index)) {
    Object.assign(frame, { isSelect: true, inTableList: true, expectsTable: true });
    return undefined;
  }
  if (word === 'join' && frame.isSelect) {
    const isTable = !isWord(previous, 'array');
    Object.assign(frame, { inTableList: isTable, expectsTable: isTable });
    return undefined;
  }
  if (endsTableList.has(word) && !frame.expectsTable) {
    frame.inTableList = false;
    return undefined;
  }
  if (word === 'in') return readInOperand(tokens, index + 1);
  if (!frame.expectsTable) return undefined;
  // The engine would read a text as a file name, and braces as a query parameter.
  if (token.kind === 'string' || token.kind === 'number' || isPunct(token, '{')) {
    throw new DatafileError(`a table is a name, found ${token.text}`);
  }
  if (token.kind !== 'word' && token.kind !== 'quoted') return undefined;
  frame.expectsTable = false;
  return readName(tokens, index, 'from');
}

/** The FROM of `IS DISTINCT FROM` and of `WITH FILL FROM`, after which a value comes. */
function isOperatorsFrom(tokens: readonly SqlToken[], index: number): boolean {
  const before = tokens[index - 2];
  if (isWord(tokens[index - 1], 'fill')) return isWord(before, 'with');
  return isWord(tokens[index - 1], 'distinct') && (isWord(before, 'is') || isWord(before, 'not'));
}

function readInOperand(tokens: readonly SqlToken[], index: number): TableReference | undefined {
  const token = tokens[index];
  if (token?.kind !== 'word' && token?.kind !== 'quoted') return undefined;
  return readName(tokens, index, 'in');
}

function readName(
  tokens: readonly SqlToken[],
  index: number,
  position: TableReference['position'],
): TableReference | undefined {
  const parts: string[] = [];
  let at = index;
  for (;;) {
    const token = tokens[at];
    if (!token || (token.kind !== 'word' && token.kind !== 'quoted')) return undefined;
    parts.push(token.name);
    if (!isPunct(tokens[at + 1], '.')) break;
    at += 2;
  }
  const next = tokens[at + 1];
  if (isPunct(next, '(')) return undefined;
  const hasAlias =
    isWord(next, 'as') ||
    next?.kind === 'quoted' ||
    (next?.kind === 'word' && !notAnAlias.has(next.text.toLowerCase()));
  return {
    parts,
    position,
    needsAlias: position === 'from' && !hasAlias,
    alias: hasAlias && position === 'from' ? (isWord(next, 'as') ? tokens[at + 2] : next)?.text : undefined,
    start: tokens[index]?.start ?? 0,
    end: tokens[at]?.end ?? 0,
  };
}

function findCommonTables(tokens: readonly SqlToken[]): CommonTable[] {
  const recursive = tokens.some(
    (token, index) => isWord(token, 'with') && isWord(tokens[index + 1], 'recursive'),
  );
  return tokens.flatMap((token, index) => {
    const open = tokens[index + 2];
    const isName = token.kind === 'word' || token.kind === 'quoted';
    if (!isName || !isWord(tokens[index + 1], 'as') || !open || !isPunct(open, '(')) return [];
    const body = tokens[index + 3];
    if (!isWord(body, 'select') && !isWord(body, 'with') && !isWord(body, 'from') && !isPunct(body, '('))
      return [];
    return [{ name: token.name, start: open.start, end: closingEnd(tokens, index + 2), recursive }];
  });
}

function closingEnd(tokens: readonly SqlToken[], open: number): number {
  let depth = 0;
  for (const token of tokens.slice(open)) {
    if (isPunct(token, '(')) depth += 1;
    if (isPunct(token, ')')) depth -= 1;
    if (depth === 0) return token.end;
  }
  return Infinity;
}

/** In `WITH t AS (SELECT … FROM t)`, the body reads the outer t, unless the WITH is recursive. */
function isCommonTable(reference: TableReference, commonTables: readonly CommonTable[]): boolean {
  const [name, ...rest] = reference.parts;
  if (rest.length > 0) return false;
  return commonTables.some(
    (table) =>
      table.name === name && (table.recursive || reference.start < table.start || reference.end > table.end),
  );
}
