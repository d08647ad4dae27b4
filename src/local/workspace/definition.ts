/** Checks the parts of a datasource's file that are pasted into SQL statements. */
import type { Datasource } from '../datafile/types.js';
import { DatafileError } from '../errors.js';
import { outerTokens, readFragment } from '../sql/fragment.js';
import { isPunct, isWord, type SqlToken } from '../sql/lexer.js';

/**
 * Words that would start another part of a definition, or another ALTER, if an expression without parentheses contained
 * them. As names they must be quoted.
 */
const clauseWords = new Set(
  'add alias alter as clear codec collate column comment constraint default drop engine ephemeral index materialize materialized modify order partition primary projection remove rename sample settings statistics to ttl'.split(
    ' ',
  ),
);

/**
 * Table settings that change how parts are laid out and merged; none changes where they are stored or whether they are
 * safe.
 */
const harmlessTableSettings = new Set([
  'allow_nullable_key',
  'deduplicate_merge_projection_mode',
  'enable_mixed_granularity_parts',
  'index_granularity',
  'index_granularity_bytes',
  'lightweight_mutation_projection_mode',
  'max_compress_block_size',
  'merge_max_block_size',
  'merge_max_block_size_bytes',
  'merge_with_ttl_timeout',
  'min_age_to_force_merge_on_partition_only',
  'min_age_to_force_merge_seconds',
  'min_bytes_for_wide_part',
  'min_compress_block_size',
  'min_index_granularity_bytes',
  'min_rows_for_wide_part',
  'parts_to_delay_insert',
  'parts_to_throw_insert',
  'ratio_of_defaults_for_sparse_serialization',
  'ttl_only_drop_parts',
]);

/**
 * What in a datasource's file must not be pasted into the statement that creates its table, with the column or option
 * that contains it; undefined if there is nothing. `sources` are functions of the engine that read other data.
 */
export function definitionProblem(
  { columns, indexes, projections, engine }: Datasource,
  sources: ReadonlySet<string>,
): string | undefined {
  const fragment = (text: string) => readFragment(text, sources);
  const bare = (text: string) => refuseClauses(fragment(text));
  const checks: [string, string | undefined, (text: string) => unknown][] = [
    ...columns.flatMap(({ name, type, defaultExpression, materialized, codec }): typeof checks => [
      [`SCHEMA: column ${name}: type`, type, checkType],
      [`SCHEMA: column ${name}: DEFAULT`, defaultExpression, bare],
      [`SCHEMA: column ${name}: MATERIALIZED`, materialized, bare],
      [`SCHEMA: column ${name}: CODEC`, codec, fragment],
    ]),
    ...indexes.map(({ name, definition }): (typeof checks)[number] => [
      `INDEXES: ${name}`,
      definition,
      (text) => checkIndex(fragment(text)),
    ]),
    ...projections.map(({ name, query }): (typeof checks)[number] => [
      `PROJECTIONS: ${name}`,
      query,
      (text) => checkProjection(text, sources),
    ]),
    ['ENGINE_SORTING_KEY', engine.sortingKey, fragment],
    ['ENGINE_PARTITION_KEY', engine.partitionKey, fragment],
    ['ENGINE_PRIMARY_KEY', engine.primaryKey, fragment],
    ['ENGINE_SAMPLING_KEY', engine.samplingKey, fragment],
    ['ENGINE_TTL', engine.ttl, bare],
    ['ENGINE_SETTINGS', engine.settings, (text) => checkSettings(fragment(text))],
    ['ENGINE_VER', engine.version, (text) => checkNames(fragment(text), 1)],
    ['ENGINE_IS_DELETED', engine.isDeleted, (text) => checkNames(fragment(text), 1)],
    ['ENGINE_SIGN', engine.sign, (text) => checkNames(fragment(text), 1)],
    ['ENGINE_JOIN_STRICTNESS', engine.joinStrictness, (text) => checkNames(fragment(text), 1)],
    ['ENGINE_JOIN_TYPE', engine.joinType, (text) => checkNames(fragment(text), 1)],
    ['ENGINE_KEY_COLUMNS', engine.keyColumns, (text) => checkNames(unwrap(fragment(text)), Infinity)],
    ['ENGINE_SUMMING_COLUMNS', engine.summingColumns, (text) => checkNames(unwrap(fragment(text)), Infinity)],
  ];
  for (const [where, text, check] of checks) {
    try {
      if (text !== undefined) check(text);
    } catch (error) {
      if (error instanceof DatafileError) return `${where}: ${error.message}`;
      throw error;
    }
  }
  return undefined;
}

function refuseClauses(tokens: readonly SqlToken[]): void {
  const clause = outerTokens(tokens).find(
    (token) => token.kind === 'word' && clauseWords.has(token.text.toLowerCase()),
  );
  if (clause) {
    throw new DatafileError(`${clause.text} is not allowed here; a column of that name is quoted by \``);
  }
}

/** A type calls no function: its names may be names of functions. */
function checkType(text: string): void {
  const [, ...others] = outerTokens(readFragment(text, new Set()));
  if (others.some((token) => !isPunct(token, '('))) throw new DatafileError(`"${text}" is not one type`);
}

/** `expression TYPE type[(…)] [GRANULARITY n]` */
function checkIndex(tokens: readonly SqlToken[]): void {
  const outer = outerTokens(tokens);
  const at = outer.findIndex((token) => isWord(token, 'type'));
  const expression = outer.slice(0, at);
  const [kind, ...rest] = outer.slice(at + 1);
  refuseClauses(expression);
  const [word, count, ...more] = rest.filter((token) => !isPunct(token, '('));
  const isTail = word === undefined || (isWord(word, 'granularity') && count?.kind === 'number');
  const hasComma = expression.some((token) => isPunct(token, ','));
  if (at < 1 || hasComma || kind?.kind !== 'word' || !isTail || more.length > 0) {
    throw new DatafileError('is not of the form: expression TYPE type GRANULARITY n');
  }
}

/** `SELECT … [GROUP BY …] [ORDER BY …]`, over the row alone. */
function checkProjection(text: string, sources: ReadonlySet<string>): void {
  const [, rest] = /^select\b(.*)$/is.exec(text) ?? [];
  if (rest === undefined) throw new DatafileError('it must begin with SELECT');
  const clause = outerTokens(readFragment(rest, sources)).find((token) =>
    ['from', 'join', 'settings', 'union'].some((word) => isWord(token, word)),
  );
  if (clause) {
    throw new DatafileError(
      `${clause.text} is not allowed here: a projection is made of the rows of its own table`,
    );
  }
}

function checkSettings(tokens: readonly SqlToken[]): void {
  for (let at = 0; at < tokens.length; at += 4) {
    const [name, equals, value, comma] = tokens.slice(at, at + 4);
    const isLiteral = value?.kind === 'number' || value?.kind === 'string';
    const isEnd = comma === undefined || (isPunct(comma, ',') && tokens[at + 4] !== undefined);
    if (name?.kind !== 'word' || !isPunct(equals, '=') || !isLiteral || !isEnd) {
      throw new DatafileError(`is not of the form: name = value, …; found "${name?.text ?? ''}"`);
    }
    if (!harmlessTableSettings.has(name.text)) {
      throw new DatafileError(
        `the setting ${name.text} is not allowed by the local server; it has ${[...harmlessTableSettings].join(', ')}`,
      );
    }
  }
}

function unwrap(tokens: readonly SqlToken[]): readonly SqlToken[] {
  return isPunct(tokens[0], '(') && isPunct(tokens.at(-1), ')') ? tokens.slice(1, -1) : tokens;
}

function checkNames(tokens: readonly SqlToken[], most: number): void {
  const isList = tokens.every((token, index) =>
    index % 2 === 0 ? token.kind === 'word' || token.kind === 'quoted' : isPunct(token, ','),
  );
  if (!isList || tokens.length % 2 === 0 || tokens.length > most) {
    throw new DatafileError(most === 1 ? 'is not the name of one column' : 'is not a list of columns');
  }
}
