/** SQL statements that create the tables of a datasource. */
import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { parseObject } from '../../base/json/json.js';
import type { Column, Datasource } from '../datafile/types.js';
import { qualified, quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import { isIngestible } from './project.js';

/** Stored in a table's comment, to tell an unfinished deployment from a finished one. */
const tableMark = z.object({
  /** Hash of the table's definition. */
  schema: z.string(),
  /** Hash of the views that fill it; empty if there are none. */
  fill: z.string(),
});
export type TableMark = z.infer<typeof tableMark>;

const markPrefix = 'local-server:';

export function writeMark(mark: TableMark): string {
  return markPrefix + JSON.stringify(mark);
}

export function readMark(comment: string): TableMark | undefined {
  if (!comment.startsWith(markPrefix)) return undefined;
  return tableMark.safeParse(parseObject(comment.slice(markPrefix.length))).data;
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** One column of a CREATE or ALTER. The text of the files is pasted in; definitionProblem checks it before. */
export function columnDefinition(column: Column): string {
  const { defaultExpression, materialized } = column;
  const fallback = defaultExpression === undefined ? '' : ` DEFAULT ${defaultExpression}`;
  const computed = materialized === undefined ? '' : ` MATERIALIZED ${materialized}`;
  const codec = column.codec === undefined ? '' : ` CODEC(${column.codec})`;
  return `${quoteIdentifier(column.name)} ${column.type}${fallback}${computed}${codec}`;
}

/** Hash of everything that defines a table; descriptions, tokens and JSON paths are not part of it. */
export function schemaHash(datasource: Datasource): string {
  return hashOf(tableBody(datasource));
}

/** CREATE TABLE for a datasource. */
export function createTable(database: string, datasource: Datasource, mark: TableMark): string {
  const comment = quoteLiteral(writeMark(mark));
  const body = tableBody(datasource) + leniency(datasource.engine);
  return `CREATE TABLE ${qualified(database, datasource.name)} ${body} COMMENT ${comment}`;
}

/**
 * Settings that let the engine accept what Tinybird accepts: a plain column outside the sorting key of an aggregating
 * table. They are not part of the definition's hash, so a table without them needs no change.
 */
function leniency({ name, settings = '' }: Datasource['engine']): string {
  const setting = 'allow_dimensions_outside_sorting_key';
  return name === 'AggregatingMergeTree' && !settings.includes(setting) ? `, ${setting} = 1` : '';
}

/** The text after the table's name; it ends with the settings, unless the engine is Null or Join. */
function tableBody({ columns, indexes, projections, engine }: Datasource): string {
  const items = [
    ...columns.map(columnDefinition),
    ...indexes.map((index) => `INDEX ${quoteIdentifier(index.name)} ${index.definition}`),
    ...projections.map(({ name, query }) => `PROJECTION ${quoteIdentifier(name)} (${query})`),
  ];
  const head = `(${items.join(', ')}) ENGINE = ${engine.name}`;
  if (engine.name === 'Null') return head;
  if (engine.name === 'Join') return head + joinArguments(engine);
  return head + engineArguments(engine) + engineClauses(engine);
}

function joinArguments({
  joinStrictness = '',
  joinType = '',
  keyColumns = '',
}: Datasource['engine']): string {
  return `(${joinStrictness.toUpperCase()}, ${joinType.toUpperCase()}, ${withoutBrackets(keyColumns)})`;
}

/** A list of columns without one pair of brackets around it. */
function withoutBrackets(list: string): string {
  return list.trim().replace(/^\((.*)\)$/s, '$1');
}

function engineArguments(engine: Datasource['engine']): string {
  const args =
    engine.name === 'SummingMergeTree'
      ? engine.summingColumns === undefined
        ? []
        : [`(${withoutBrackets(engine.summingColumns)})`]
      : [engine.sign, engine.version, engine.isDeleted].filter((arg) => arg !== undefined);
  return `(${args.join(', ')})`;
}

function engineClauses(engine: Datasource['engine']): string {
  const key = (text: string) => `(${text})`;
  // An acknowledged insert survives a power failure.
  const settings = [
    'fsync_after_insert = 1',
    'fsync_part_directory = 1',
    ...(engine.settings ? [engine.settings] : []),
  ];
  return [
    engine.partitionKey === undefined ? '' : ` PARTITION BY ${key(engine.partitionKey)}`,
    engine.primaryKey === undefined ? '' : ` PRIMARY KEY ${key(engine.primaryKey)}`,
    ` ORDER BY ${engine.sortingKey === undefined ? 'tuple()' : key(engine.sortingKey)}`,
    engine.samplingKey === undefined ? '' : ` SAMPLE BY ${key(engine.samplingKey)}`,
    engine.ttl === undefined ? '' : ` TTL ${engine.ttl}`,
    ` SETTINGS ${settings.join(', ')}`,
  ].join('');
}

/** Columns of a quarantine table: those of the datasource as text, and the reasons. */
function quarantineColumns(datasource: Datasource): string[] {
  return [
    ...datasource.columns
      .filter((column) => column.jsonPath !== undefined)
      .map((column) => `${quoteIdentifier(column.name)} Nullable(String)`),
    'c__error_column Array(String)',
    'c__error Array(String)',
    'c__import_id Nullable(String)',
    'insertion_date DateTime DEFAULT now()',
  ];
}

/** Statements that create the quarantine table of a datasource that has none yet. */
export function createQuarantine(database: string, name: string, datasource: Datasource): string[] {
  if (!isIngestible(datasource)) return [];
  const columns = quarantineColumns(datasource).join(', ');
  return [
    `CREATE TABLE IF NOT EXISTS ${qualified(database, name)} (${columns}) ENGINE = MergeTree ORDER BY insertion_date SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  ];
}

/** Statements that adapt the quarantine table to its datasource; rows in quarantine are kept. */
export function ensureQuarantine(database: string, name: string, datasource: Datasource): string[] {
  const columns = quarantineColumns(datasource).map((column) => `ADD COLUMN IF NOT EXISTS ${column}`);
  const create = createQuarantine(database, name, datasource);
  return create.length === 0
    ? []
    : [...create, `ALTER TABLE ${qualified(database, name)} ${columns.join(', ')}`];
}
