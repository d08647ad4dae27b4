/** Compares a table with its new definition. */
import type { Column, Datasource } from '../datafile/types.js';
import { parseType, type TypeNode } from '../columns/type.js';
import { lexSql } from '../sql/lexer.js';
import { qualified, quoteIdentifier } from '../sql/quote.js';
import { columnDefinition } from './ddl.js';

/** How an existing table differs from its new definition. */
export interface TableChange {
  /** Columns that both definitions have and that can be copied without loss. */
  shared: string[];
  /** Why data would be lost, one sentence per reason; empty if none would be lost. */
  losses: string[];
  /** ALTERs that are sufficient, with those to undo them; undefined if the table must be rebuilt. */
  alters: { apply: string[]; undo: string[]; commit: string[] } | undefined;
}

/** Compares definitions. `database` is the engine's database of the existing table. */
export function compareTables(before: Datasource, after: Datasource, database: string): TableChange {
  const table = qualified(database, after.name);
  const old = new Map(before.columns.map((column) => [column.name, column]));
  const fresh = new Set(after.columns.map((column) => column.name));
  const shared: string[] = [];
  const losses = before.columns
    .filter((column) => !fresh.has(column.name))
    .map((column) => `column ${column.name} is removed`);
  const again = computedAgain(after, old);
  for (const column of after.columns) {
    const previous = old.get(column.name);
    if (!previous) continue;
    if (again.has(column.name)) losses.push(...lossesOfComputing(previous, column));
    else if (isSafeChange(previous.type, column.type)) shared.push(column.name);
    else losses.push(`column ${column.name} changes from ${previous.type} to ${column.type}`);
  }
  return { shared, losses, alters: alters(before, after, table, old) };
}

/**
 * The MATERIALIZED columns whose values are computed again in the new table: those with another expression or type, and
 * those that read one of these. The values of the others are copied.
 */
function computedAgain(after: Datasource, old: ReadonlyMap<string, Column>): Set<string> {
  const again = new Set<string>();
  let before = -1;
  while (before < again.size) {
    before = again.size;
    for (const { name, type, materialized } of after.columns) {
      const previous = old.get(name);
      if (materialized === undefined || previous === undefined || again.has(name)) continue;
      const isCopied =
        previous.materialized === materialized &&
        isSafeChange(previous.type, type) &&
        !lexSql(materialized).some((token) => again.has(token.name));
      if (!isCopied) again.add(name);
    }
  }
  return again;
}

/** Why values are lost when a column is computed: nothing could compute those that are there. */
function lossesOfComputing(previous: Column, { name, materialized = '' }: Column): string[] {
  if (previous.materialized === undefined)
    return [`column ${name} becomes MATERIALIZED, which replaces its values`];
  const changing = [previous.materialized, materialized]
    .map(changingFunction)
    .find((one) => one !== undefined);
  return changing === undefined
    ? []
    : [
        `column ${name} is MATERIALIZED by another expression, and ${changing}() does not give its values again`,
      ];
}

/** A function with another result for the same arguments at another time. */
function changingFunction(expression: string): string | undefined {
  const tokens = lexSql(expression);
  return tokens.find((token, index) => changing.test(token.name) && tokens[index + 1]?.text === '(')?.name;
}

const changing =
  /^(?:now\w*|today|yesterday|curdate|current_?(?:date|timestamp|user|database|schemas)|utc_?timestamp|localtimestamp|rand\w*|generate\w+|fuzz\w+|\w*rownumber\w*|block\w+|running\w+|neighbor|getsetting\w*|hostname|user|(?:server)?timezone|uptime|version|\w*queryid|transactionid)$/i;

function alters(
  before: Datasource,
  after: Datasource,
  table: string,
  old: ReadonlyMap<string, Column>,
): TableChange['alters'] {
  const { ttl: ttlBefore, ...engineBefore } = before.engine;
  const { ttl: ttlAfter, ...engineAfter } = after.engine;
  const kept = after.columns.filter((column) => old.has(column.name));
  const isSameShape =
    JSON.stringify(engineBefore) === JSON.stringify(engineAfter) &&
    JSON.stringify(before.indexes) === JSON.stringify(after.indexes) &&
    JSON.stringify(before.projections) === JSON.stringify(after.projections) &&
    kept.map(columnDefinition).join() === before.columns.map(columnDefinition).join();
  if (!isSameShape) return undefined;
  const apply = after.columns.flatMap((column, index) => {
    if (old.has(column.name)) return [];
    const previous = after.columns[index - 1];
    const place = previous ? `AFTER ${quoteIdentifier(previous.name)}` : 'FIRST';
    return [`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${columnDefinition(column)} ${place}`];
  });
  // The engine cannot add columns to such a table.
  if (after.engine.name === 'Join' && apply.length > 0) return undefined;
  const undo = after.columns
    .filter((column) => !old.has(column.name))
    .map((column) => `ALTER TABLE ${table} DROP COLUMN IF EXISTS ${quoteIdentifier(column.name)}`);
  const commit =
    ttlBefore === ttlAfter
      ? []
      : [
          ttlAfter === undefined
            ? `ALTER TABLE ${table} REMOVE TTL`
            : `ALTER TABLE ${table} MODIFY TTL ${ttlAfter}`,
        ];
  return { apply, undo, commit };
}

/** True if every value of `from` has an equal value in `to`. */
export function isSafeChange(from: string, to: string): boolean {
  return from === to || isSafe(parseType(from), parseType(to));
}

function isSafe(from: TypeNode, to: TypeNode): boolean {
  const [source, target] = [unwrap(from, 'LowCardinality'), unwrap(to, 'LowCardinality')];
  if (source.text === target.text) return true;
  if (target.name === 'Nullable') return isSafe(unwrap(source, 'Nullable'), unwrap(target, 'Nullable'));
  if (source.name === 'Array' && target.name === 'Array') {
    return isSafe(source.args[0]?.type ?? source, target.args[0]?.type ?? target);
  }
  return (
    isWiderNumber(source.name, target.name) || isFinerTime(source, target) || isWiderEnum(source, target)
  );
}

function unwrap(type: TypeNode, wrapper: string): TypeNode {
  return type.name === wrapper ? (type.args[0]?.type ?? type) : type;
}

function isWiderNumber(from: string, to: string): boolean {
  if (from === 'Float32' && to === 'Float64') return true;
  const source = /^(U?)Int(\d+)$/.exec(from);
  const target = /^(U?)Int(\d+)$/.exec(to);
  if (!source || !target) return false;
  const [sourceBits, targetBits] = [Number(source[2]), Number(target[2])];
  if (source[1] === target[1]) return targetBits >= sourceBits;
  return source[1] === 'U' && targetBits > sourceBits;
}

function isFinerTime(from: TypeNode, to: TypeNode): boolean {
  if (to.name !== 'DateTime64') return false;
  const zoneOf = (type: TypeNode, at: number) => type.args[at]?.text ?? '';
  if (from.name === 'DateTime') return zoneOf(from, 0) === zoneOf(to, 1);
  if (from.name !== 'DateTime64' || zoneOf(from, 1) !== zoneOf(to, 1)) return false;
  return Number(to.args[0]?.text) >= Number(from.args[0]?.text);
}

function isWiderEnum(from: TypeNode, to: TypeNode): boolean {
  if (!from.name.startsWith('Enum') || !to.name.startsWith('Enum')) return false;
  const members = new Set(to.args.map((arg) => arg.text.replaceAll(/\s/g, '')));
  return from.args.every((arg) => members.has(arg.text.replaceAll(/\s/g, '')));
}
