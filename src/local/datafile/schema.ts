/** Parses the SCHEMA and INDEXES blocks of a `.datasource` file. */
import { DatafileError } from '../errors.js';
import { isPunct, isWord, lexSql, SqlLexError, type SqlToken } from '../sql/lexer.js';
import { quoteLiteral } from '../sql/quote.js';
import type { Command } from './lines.js';
import type { Column, TableIndex } from './types.js';

const rejected = new Map([
  ['null', 'use Nullable(T) instead of NULL'],
  ['not', 'columns are not nullable unless they are Nullable(T); remove NOT NULL'],
  ['alias', 'ALIAS columns are not supported'],
  ['ephemeral', 'EPHEMERAL columns are not supported'],
  ['ttl', 'column TTL is not supported'],
  ['comment', 'column COMMENT is not supported'],
]);
const rejectedTypes = new Map([
  ['Boolean', 'use Bool'],
  ['DateTime64', 'give its precision, for example DateTime64(3)'],
  ['Int', 'give its size, for example Int32'],
  ['UInt', 'give its size, for example UInt32'],
]);

/** Deepest nesting of brackets; deeper nesting would overflow the stack of the parsers, here or in the engine. */
const MOST_LEVELS = 100;

/**
 * The columns of a SCHEMA block: name Type [`json:$.path`] [DEFAULT expr | MATERIALIZED expr] [CODEC(…)], comma
 * separated. `lineAt` tells the line of a place in the text, for errors. Throws a DatafileError.
 */
export function readSchema(text: string, lineAt = lineIn(text)): Column[] {
  const columns = located(lineAt, 0, () => splitAtCommas(lexSql(text))).map((part) =>
    located(lineAt, part[0]?.start ?? 0, () => readColumn(part, text)),
  );
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column.name)) throw new DatafileError(`SCHEMA: column ${column.name} is there twice`);
    seen.add(column.name);
  }
  if (columns.length === 0) throw new DatafileError('SCHEMA has no columns');
  return columns;
}

function lineIn(text: string): (offset: number) => number {
  return (offset) => text.slice(0, offset).split('\n').length;
}

/** A column that is not accepted, with its place in the text. */
class ColumnError extends DatafileError {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

/** Runs `work`; its error gets a line. */
function located<T>(lineAt: (offset: number) => number, offset: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqlLexError) throw new DatafileError(`line ${lineAt(0)}: SCHEMA: ${error.message}`);
    if (!(error instanceof DatafileError)) throw error;
    const at = error instanceof ColumnError ? error.offset : offset;
    throw new DatafileError(`line ${lineAt(at)}: ${error.message}`);
  }
}

/** The lines of an INDEXES block: `[INDEX] name expr TYPE type[(args)] [GRANULARITY n]`. */
export function readIndexes(command: Command): TableIndex[] {
  return (command.block ?? '').split('\n').map((raw, index) => {
    const line = raw.trim().replace(/,$/, '');
    const match = /^(?:INDEX\s+)?([A-Za-z_]\w*|`[^`]+`)\s+(.+\sTYPE\s+.+)$/i.exec(line);
    if (!match?.[1] || !match[2]) {
      throw new DatafileError(
        `line ${command.blockLines[index] ?? command.line}: INDEXES: "${line}" is not of the form: name expression TYPE type GRANULARITY n`,
      );
    }
    return { name: match[1].replaceAll('`', ''), definition: match[2] };
  });
}

function splitAtCommas(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isPunct(token, '(') || isPunct(token, '[') || isPunct(token, '{')) depth += 1;
    if (isPunct(token, ')') || isPunct(token, ']') || isPunct(token, '}')) depth -= 1;
    if (depth > MOST_LEVELS) {
      const column = parts.at(-1)?.[0];
      throw new ColumnError(
        `SCHEMA: column ${column?.name ?? ''} is nested deeper than ${MOST_LEVELS} levels`,
        column?.start ?? 0,
      );
    }
    if (depth === 0 && isPunct(token, ',')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts.filter((part) => part.length > 0);
}

/** A column with a name and a type alone. */
export function plainColumn(name: string, type: string): Column {
  return {
    name,
    type,
    jsonPath: undefined,
    defaultExpression: undefined,
    materialized: undefined,
    codec: undefined,
  };
}

function readColumn(tokens: readonly SqlToken[], text: string): Column {
  const [first, ...rest] = tokens;
  const name = first && columnName(first);
  if (first === undefined || name === undefined) {
    throw new DatafileError(`SCHEMA: expected a column name, found "${first?.text ?? ''}"`);
  }
  if (isWord(first, 'index')) throw new DatafileError('SCHEMA: put indexes in INDEXES, not in SCHEMA');
  const where = `SCHEMA: column ${name}`;
  const typeLength = typeTokens(rest);
  if (typeLength === 0) throw new DatafileError(`${where} has no type`);
  const type = sliceOf(rest.slice(0, typeLength), text).replace(/\s+/g, ' ');
  const hint = rejectedTypes.get(type);
  if (hint !== undefined) throw new DatafileError(`${where}: ${type} is not a valid type, ${hint}`);
  const column = plainColumn(name, type);
  readAttributes(rest.slice(typeLength), text, column, where);
  if (column.materialized !== undefined) {
    if (column.defaultExpression !== undefined)
      throw new DatafileError(`${where}: it has DEFAULT or MATERIALIZED, not both`);
    column.jsonPath = undefined;
  }
  return column;
}

/** A name, bare or in any quotes: Tinybird's documentation has names in single quotes, too. */
function columnName({ kind, name, text }: SqlToken): string | undefined {
  if (kind === 'word' || kind === 'quoted') return name;
  return kind === 'string' ? /^'(\w+)'$/.exec(text)?.[1] : undefined;
}

/** A type is one word, optionally with parentheses after it. */
function typeTokens(tokens: readonly SqlToken[]): number {
  if (tokens[0]?.kind !== 'word') return 0;
  return isPunct(tokens[1], '(') ? 1 + groupLength(tokens.slice(1)) : 1;
}

function groupLength(tokens: readonly SqlToken[]): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (isPunct(token, '(')) depth += 1;
    if (isPunct(token, ')')) depth -= 1;
    if (depth === 0) return index + 1;
  }
  return tokens.length;
}

function readAttributes(tokens: readonly SqlToken[], text: string, column: Column, where: string): void {
  let at = 0;
  while (at < tokens.length) {
    const token = tokens[at];
    if (token?.kind === 'quoted' && token.name.startsWith('json:')) {
      column.jsonPath = readJsonPath(token.name.slice('json:'.length), where);
      at += 1;
    } else if (isWord(token, 'codec')) {
      const length = groupLength(tokens.slice(at + 1));
      column.codec = sliceOf(tokens.slice(at + 2, at + length), text);
      at += 1 + length;
    } else if (isWord(token, 'materialized')) {
      const length = defaultLength(tokens.slice(at + 1));
      column.materialized = sliceOf(tokens.slice(at + 1, at + 1 + length), text);
      if (column.materialized === '') throw new DatafileError(`${where}: MATERIALIZED needs an expression`);
      at += 1 + length;
    } else if (isWord(token, 'default')) {
      const length = defaultLength(tokens.slice(at + 1));
      const expression = sliceOf(tokens.slice(at + 1, at + 1 + length), text);
      if (expression === '') throw new DatafileError(`${where}: DEFAULT needs an expression`);
      const isNull = expression.toUpperCase() === 'NULL' && column.type.includes('Nullable(');
      column.defaultExpression = isNull ? undefined : rewriteDefault(expression, column.type);
      at += 1 + length;
    } else {
      const reason = rejected.get(token?.text.toLowerCase() ?? '');
      throw new DatafileError(`${where}: ${reason ?? `unexpected "${token?.text ?? ''}" after the type`}`);
    }
  }
}

function defaultLength(tokens: readonly SqlToken[]): number {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (isPunct(token, '(') || isPunct(token, '[')) depth += 1;
    if (isPunct(token, ')') || isPunct(token, ']')) depth -= 1;
    const isPath = token.kind === 'quoted' && token.name.startsWith('json:');
    const isNext = ['codec', 'default', 'materialized'].some((word) => isWord(token, word));
    if (depth === 0 && index > 0 && (isPath || isNext)) return index;
  }
  return tokens.length;
}

function readJsonPath(path: string, where: string): string {
  if (!/^\$(?:\.(?:[^.[\]`]+|\["[^"]+"\])(?:\[:\])*)*$/.test(path)) {
    throw new DatafileError(
      `${where}: "${path}" is not a JSON path ($.a, $.a.b, $.a[:], $.a[:][:], $.a[:].b or $)`,
    );
  }
  return path;
}

/**
 * The SDK writes array and object defaults as JSON; in ClickHouse double quotes mean identifiers. An empty text as the
 * default of a time, which the engine cannot read, is the start of 1970.
 */
function rewriteDefault(expression: string, type: string): string {
  if (/^(?:''|"")$/.test(expression) && /^(?:Nullable\()?Date/.test(type)) return '0';
  if (!/^[[{]/.test(expression)) return expression;
  let value: unknown;
  try {
    value = JSON.parse(expression);
  } catch {
    return expression;
  }
  return literalOf(value, type);
}

function literalOf(value: unknown, type: string): string {
  if (Array.isArray(value)) return `[${value.map((one) => literalOf(one, '')).join(', ')}]`;
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoteLiteral(value);
  if (typeof value !== 'object') return JSON.stringify(value);
  if (!type.startsWith('Map(')) return quoteLiteral(JSON.stringify(value));
  const pairs = Object.entries(value).map(([key, one]) => `${quoteLiteral(key)}, ${literalOf(one, '')}`);
  return `map(${pairs.join(', ')})`;
}

function sliceOf(tokens: readonly SqlToken[], text: string): string {
  const first = tokens[0];
  const last = tokens.at(-1);
  return first && last ? text.slice(first.start, last.end) : '';
}
