/** Checks the functions and tables of a user's SQL before it runs. */
import { createHash } from 'node:crypto';
import { DatafileError } from '../errors.js';
import {
  isAllowedFunction,
  isAllowedInDefinition,
  isAllowedTableFunction,
  isListed,
  isRefusedReference,
} from '../sql/allowed.js';
import { nameRefusal } from '../sql/file-name.js';
import { readDefinition, readJoinGets, readQueryTree, readRowMakers, type Mention } from '../sql/dump.js';
import { isJoinGet, joinGetRefusal } from '../sql/join-get.js';
import { lexSql } from '../sql/lexer.js';
import { isEngineTable } from '../sql/references.js';
import { checkRowMaker, isRowMaker } from '../sql/row-maker.js';
import { shapeOf } from '../sql/shape.js';

/** Parts of a query where a bare name is a column or a table and cannot be a function. */
const plainParts = new Set([
  'definition',
  'GROUP BY',
  'HAVING',
  'JOIN EXPRESSION',
  'JOIN TREE',
  'LIMIT BY',
  'ORDER BY',
  'PARTITION BY',
  'PREWHERE',
  'PROJECTION',
  'QUALIFY',
  'WHERE',
]);

/** Functions that accept the name of another function. For all others a bare name is a column. */
const takesFunctions = /^(?:array|map)/i;

/** Parts of a query where a name is a table. */
const tableParts = new Set([
  'JOIN TREE',
  'TABLE EXPRESSION',
  'LEFT TABLE EXPRESSION',
  'RIGHT TABLE EXPRESSION',
]);

/** Functions whose second argument may be a table. */
const takesTable = /^(?:global)?(?:not)?(?:null)?in(?:ignoreset)?$/i;

/** For the engine, a SELECT without FROM reads this table. */
const NO_TABLE = 'system.one';

const noTables: ReadonlySet<string> = new Set();

/** Number of checked statements to remember. */
const MAX_KNOWN = 2_000;

/**
 * Decides what SQL may use, from the engine's own parse of it: every function and every table function must be on the
 * list of those that compute from their arguments alone, and every table must be one that this server itself has put
 * into the text for a datasource that the query may read. The exact text that is checked is the text that runs; its
 * format and settings are not part of it.
 *
 * This is a check, not a security boundary: a construct that EXPLAIN reports in an unexpected way would pass. The
 * boundary for table functions and table engines is the engine's user, who has no right to files, addresses, programs
 * and dictionaries (private-config.ts). It does not cover the scalar function file(), which no right, setting or folder
 * of the engine can restrict. Two checks that share no code guard against it: this one, and a check of the text before
 * the engine sees it (sql/file-name.ts, statement.ts). In `atel up`, there is a boundary behind both: the process has
 * no working folder (working-folder.ts).
 */
export class SqlGuard {
  /** Digests of the shapes, since the text of a pipe can be long. */
  private readonly known = new Set<string>();
  /** Digests of whole texts: looking one up takes a fraction of the time of checking it. */
  private readonly knownTexts = new Set<string>();

  /**
   * @param parse the engine's answer to an EXPLAIN that neither looks anything up nor computes anything
   * @param unlisted names of functions of the engine that the lists do not have, in lower case
   */
  constructor(
    private readonly parse: (explain: string) => Promise<string>,
    private readonly unlisted: ReadonlySet<string>,
  ) {}

  /**
   * Checks SELECTs, keyed by their shape: two with the same shape differ only in their literals. Throws a DatafileError
   * that names what is refused, or the engine's error if it cannot parse one.
   *
   * @param tables the engine's tables that they may read, as `database.table`; SQL as its author wrote it has none
   */
  async checkSelects(
    statements: ReadonlyMap<string, string>,
    parse = this.parse,
    tables = noTables,
  ): Promise<void> {
    for (const [shape, sql] of statements) {
      const key = keyOf(shape, tables);
      if (this.known.has(key)) continue;
      const tree = await parse(`EXPLAIN QUERY TREE run_passes = 0 (\n${sql}\n)`);
      const mentions = readQueryTree(tree);
      const own = new Set(mentions.filter(({ kind }) => kind === 'lambda').map(({ name }) => name));
      const isAllowed = (name: string) =>
        isAllowedFunction(name) || isJoinGet(name) || (own.has(name) && this.isUnknown(name));
      for (const one of mentions) this.judge(one, isAllowed);
      judgeTables(mentions, tables);
      judgeJoinGets(tree, tables);
      for (const { name, first } of readRowMakers(tree)) checkRowMaker(name, first);
      remember(this.known, key);
    }
  }

  /** Checks the exact text of a SELECT that will run. Throws as `checkSelects` does. */
  async checkText(
    sql: string,
    tables: ReadonlySet<string>,
    parse: (explain: string) => Promise<string>,
    isFree: boolean,
  ): Promise<void> {
    const key = keyOf(sql, tables);
    if (this.knownTexts.has(key)) return;
    // A free text is checked as it is: its shape depends on this server's lexer agreeing with the engine's.
    await this.checkSelects(new Map([[isFree ? sql : shapeOf(lexSql(sql)), sql]]), parse, tables);
    remember(this.knownTexts, key);
  }

  /** Checks a CREATE TABLE before it is run. Throws as `checkSelects` does. */
  async checkDefinition(createTable: string): Promise<void> {
    const tree = await this.parse(`EXPLAIN AST ${createTable}`);
    // For a codec or a table engine that does not exist, the engine itself reports the error.
    const isAllowed = (name: string) => isAllowedInDefinition(name) || this.isUnknown(name);
    for (const one of readDefinition(tree)) this.judge(one, isAllowed);
  }

  private judge({ kind, name, within, hasAlias }: Mention, isAllowed: (name: string) => boolean): void {
    if (kind === 'function' && !isAllowed(name)) throw this.refusal(name);
    if (kind === 'table function' && !isAllowedTableFunction(name) && !isRowMaker(name))
      throw this.refusal(name);
    if (kind !== 'name' || !isRefusedReference(name, this.unlisted)) return;
    const isPlain = within.kind === 'part' ? plainParts.has(within.name) : !takesFunctions.test(within.name);
    if (isPlain && !hasAlias) return;
    throw nameRefusal(name);
  }

  /** The engine has no function with that name: it may be defined in the query, `(x -> x + 1) AS name`. */
  private isUnknown(name: string): boolean {
    return !isListed(name) && !this.unlisted.has(name.toLowerCase());
  }

  private refusal(name: string): DatafileError {
    return new DatafileError(
      this.isUnknown(name)
        ? `the function ${name}() does not exist`
        : `the function ${name}() is not allowed: a query reads datasources and pipes only`,
    );
  }
}

/**
 * Throws a DatafileError if a SELECT may read another table than those of `tables`. A name of one of the engine's own
 * databases is refused wherever it stands, because an alias may pass it on.
 */
function judgeTables(mentions: readonly Mention[], tables: ReadonlySet<string>): void {
  const common = new Set(mentions.filter(({ kind }) => kind === 'common table').map(({ name }) => name));
  for (const { kind, name, within } of mentions) {
    if (kind !== 'name' && kind !== 'table') continue;
    const isTable = kind === 'table' || (within.kind === 'part' && tableParts.has(within.name));
    const mayBeTable = isTable || (within.kind === 'function' && takesTable.test(within.name));
    if (mayBeTable && tables.has(name)) continue;
    if (isTable && name === NO_TABLE) continue;
    const isForeign = isTable && name.includes('.') && !common.has(name);
    if (isForeign || isEngineTable(name)) throw new DatafileError(`Resource '${name}' not found`);
  }
}

/**
 * Throws a DatafileError if a joinGet() may read another table than those of `tables`. In SQL as its author wrote it, a
 * name without a database is accepted: this server replaces it, and the text that runs is checked again.
 */
function judgeJoinGets(tree: string, tables: ReadonlySet<string>): void {
  for (const { call, table } of readJoinGets(tree)) {
    if (table === undefined) throw joinGetRefusal(call);
    if (table.includes('.') && !tables.has(table)) throw new DatafileError(`Resource '${table}' not found`);
  }
}

function remember(known: Set<string>, key: string): void {
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(key);
}

function keyOf(text: string, tables: ReadonlySet<string>): string {
  return createHash('sha256')
    .update(JSON.stringify([text, ...[...tables].sort()]))
    .digest('base64');
}
