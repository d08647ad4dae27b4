/** Checks that a text is one SELECT, and takes its FORMAT and SETTINGS apart. */
import { DatafileError } from '../errors.js';
import { refuseFileName } from './file-name.js';
import { isPunct, isWord, lexSql, SqlLexError, withoutComments, type SqlToken } from './lexer.js';

/** One SELECT of a user. */
export interface SelectStatement {
  /** The SELECT without its trailing semicolon and its FORMAT. */
  sql: string;
  tokens: SqlToken[];
  /** The name after a trailing FORMAT, if there is one. */
  format: string | undefined;
  /** The settings of the query's SETTINGS clauses, which must be literals. */
  settings: Settings;
}

/** Settings with their values as SQL literals. */
export type Settings = ReadonlyMap<string, string>;

/** Settings that a query may change: each changes how an answer is computed, none what the query can reach. */
const harmlessSettings = new Set([
  'aggregate_functions_null_for_empty',
  'any_join_distinct_right_table_keys',
  'cast_keep_nullable',
  'convert_query_to_cnf',
  'do_not_merge_across_partitions_select_final',
  'extremes',
  'final',
  'group_by_two_level_threshold',
  'group_by_use_nulls',
  'join_algorithm',
  'join_use_nulls',
  'max_block_size',
  'max_threads',
  'optimize_aggregation_in_order',
  'optimize_move_to_prewhere',
  'optimize_move_to_prewhere_if_final',
  'optimize_read_in_order',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_denormals',
  'prefer_column_name_to_alias',
  'short_circuit_function_evaluation',
  'transform_null_in',
  'use_skip_indexes',
]);

/** The setting by which a query ends itself. It is taken out of the text: the session has its own, shorter or not. */
const TIME_LIMIT = 'max_execution_time';

/** Settings that say what is the case here anyway, when they are 1. */
const givenSettings = new Set(['allow_experimental_analyzer', 'enable_analyzer']);

/**
 * Checks that `text` is exactly one SELECT, and removes a trailing FORMAT. `sources` are names of functions in lower
 * case; a call of one is always refused, because a query reads datasources and pipes, never the machine or the network.
 * The engine's guard decides about all other functions. Throws a DatafileError that names what is not allowed.
 */
export function readSelect(text: string, sources: ReadonlySet<string>): SelectStatement {
  const tokens = lexOrThrow(text);
  while (isPunct(tokens.at(-1), ';')) tokens.pop();
  const first = tokens.find((token) => !isPunct(token, '('));
  if (!first) throw new DatafileError('the query is empty');
  if (!isWord(first, 'select') && !isWord(first, 'with') && !isWord(first, 'from')) {
    throw new DatafileError(`only SELECT queries are allowed, found "${first.text}"`);
  }
  // What this lexer takes for a comment never reaches the engine, whose lexer may read it differently.
  const bare = withoutComments(text, tokens);
  const format = takeFormat(tokens);
  const last = tokens.at(-1);
  let depth = 0;
  const settings = new Map<string, string>();
  const timeLimits: Part[] = [];
  tokens.forEach((token, index) => {
    if (isPunct(token, ';')) throw new DatafileError('only one statement is allowed in a query');
    if (isPunct(token, '(')) depth += 1;
    if (isPunct(token, ')')) depth -= 1;
    if (depth < 0) throw new DatafileError('a closing parenthesis has no opening one');
    if (isWord(token, 'into') && isWord(tokens[index + 1], 'outfile')) {
      throw new DatafileError('INTO OUTFILE is not allowed');
    }
    if (isWord(token, 'settings') && isSettingsClause(tokens, index)) {
      const clause = readSettings(tokens, index);
      addSettings(settings, clause.settings);
      if (clause.timeLimit !== undefined) timeLimits.push(clause.timeLimit);
    }
    refuseSource(tokens, index, sources);
    refuseFileName(tokens, index);
    refuseNameParameter(tokens, index);
  });
  if (depth !== 0) throw new DatafileError('an opening parenthesis is not closed');
  const whole = bare.slice(0, last?.end ?? 0);
  if (timeLimits.length === 0) return { sql: whole, tokens, format, settings };
  const isCut = ({ start }: Part) => timeLimits.some((part) => start >= part.start && start < part.end);
  return { sql: blanked(whole, timeLimits), tokens: tokens.filter((one) => !isCut(one)), format, settings };
}

/** A part of the text. */
interface Part {
  start: number;
  end: number;
}

/** The text with spaces in the place of parts of it. */
function blanked(text: string, parts: readonly Part[]): string {
  return parts.reduce(
    (left, { start, end }) => left.slice(0, start) + ' '.repeat(end - start) + left.slice(end),
    text,
  );
}

function lexOrThrow(text: string): SqlToken[] {
  try {
    return lexSql(text);
  } catch (error) {
    if (error instanceof SqlLexError) throw new DatafileError(error.message);
    throw error;
  }
}

function takeFormat(tokens: SqlToken[]): string | undefined {
  const name = tokens.at(-1);
  if (!isWord(tokens.at(-2), 'format') || name?.kind !== 'word') return undefined;
  tokens.splice(-2, 2);
  return name.text;
}

/** Words that may follow a column, a table or an alias called "settings"; none is the name of a setting. */
const afterName = new Set(
  'as asc desc end from where prewhere group order having limit union except intersect and or not in is like ilike between then else when join left right inner full cross array on using'.split(
    ' ',
  ),
);

/**
 * Whether it is SETTINGS followed by a name. If SETTINGS could itself be a name, the next token decides; in doubt it is
 * the clause.
 */
function isSettingsClause(tokens: readonly SqlToken[], index: number): boolean {
  const next = tokens[index + 1];
  if (isPunct(tokens[index - 1], '.') || (next?.kind !== 'word' && next?.kind !== 'quoted')) return false;
  const isKeyword = next.kind === 'word' && afterName.has(next.text.toLowerCase());
  return !isKeyword || isPunct(tokens[index + 2], '=');
}

/**
 * Reads `SETTINGS name = literal, …` to the end of the clause. The engine accepts more forms, but they could hide a
 * setting. If the time limit is among them, the part of the text that gives it is told.
 */
function readSettings(
  tokens: readonly SqlToken[],
  clause: number,
): { settings: Map<string, string>; timeLimit: Part | undefined } {
  const settings = new Map<string, string>();
  const entries: (Part & { name: string })[] = [];
  for (let at = clause + 1; ; at += 1) {
    const start = tokens[at]?.start ?? 0;
    const name = tokens[at]?.name ?? '';
    if (tokens[at]?.kind !== 'word' || !isPunct(tokens[at + 1], '=')) {
      throw new DatafileError(`SETTINGS is "name = value, …", found "${tokens[at]?.text ?? ''}"`);
    }
    const isGiven = givenSettings.has(name) && tokens[at + 2]?.text === '1';
    if (!harmlessSettings.has(name) && !isGiven && name !== TIME_LIMIT)
      throw new DatafileError(`the setting ${name} is not allowed in a query`);
    const isNegative = isPunct(tokens[at + 2], '-');
    at += isNegative ? 3 : 2;
    const value = tokens[at];
    const isLiteral = value?.kind === 'number' || (value?.kind === 'string' && !isNegative);
    if (!value || !isLiteral) throw new DatafileError(`the setting ${name} needs a number or a text`);
    if (!isGiven) addSettings(settings, new Map([[name, isNegative ? `-${value.text}` : value.text]]));
    if (name === TIME_LIMIT && !(Number(value.text) > 0))
      throw new DatafileError(`the setting ${name} needs a number of seconds above 0`);
    entries.push({ name, start, end: value.end });
    at += 1;
    if (isPunct(tokens[at], ',')) continue;
    if (tokens[at] === undefined || isPunct(tokens[at], ')') || isWord(tokens[at], 'union')) {
      return { settings, timeLimit: partOfTimeLimit(entries, tokens[clause]?.start ?? 0) };
    }
    throw new DatafileError(`SETTINGS is "name = value, …", found "${tokens[at]?.text ?? ''}"`);
  }
}

/** The entry of the time limit with the comma that divides it from another one, or the whole clause if it is alone. */
function partOfTimeLimit(entries: readonly (Part & { name: string })[], clause: number): Part | undefined {
  const at = entries.findIndex(({ name }) => name === TIME_LIMIT);
  const [entry, before, after] = [entries[at], entries[at - 1], entries[at + 1]];
  if (entry === undefined) return undefined;
  if (after !== undefined) return { start: entry.start, end: after.start };
  return { start: before?.end ?? clause, end: entry.end };
}

/** Merges settings. A setting applies to the whole query, so it must have only one value; of time limits, the shortest. */
export function addSettings(into: Map<string, string>, settings: Settings): void {
  for (const [name, value] of settings) {
    const known = into.get(name);
    if (name === TIME_LIMIT && known !== undefined) {
      into.set(name, Number(known) < Number(value) ? known : value);
      continue;
    }
    if (known !== undefined && known !== value) {
      throw new DatafileError(`the setting ${name} is given twice: ${known} and ${value}`);
    }
    into.set(name, value);
  }
}

/**
 * Throws a DatafileError for `{x: Identifier}`: what the query names would be decided by a value, such as a secret's,
 * that can change after the text was checked.
 */
function refuseNameParameter(tokens: readonly SqlToken[], index: number): void {
  const type = tokens[index];
  if (type?.name.toLowerCase() !== 'identifier' || !isPunct(tokens[index - 1], ':')) return;
  if (isPunct(tokens[index - 3], '{'))
    throw new DatafileError(
      'a parameter of type Identifier is not allowed: write the name of the column itself',
    );
}

/** Throws a DatafileError if the token calls a function of `sources`. */
export function refuseSource(tokens: readonly SqlToken[], index: number, sources: ReadonlySet<string>): void {
  const token = tokens[index];
  if (!token || (token.kind !== 'word' && token.kind !== 'quoted') || !isPunct(tokens[index + 1], '('))
    return;
  const name = token.name.toLowerCase();
  if (sources.has(name)) {
    throw new DatafileError(
      `the function ${token.name}() is not allowed: a query reads datasources and pipes only`,
    );
  }
}
