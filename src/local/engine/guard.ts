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
import { readDefinition, readQueryTree, type Mention } from '../sql/dump.js';
import { lexSql } from '../sql/lexer.js';
import { shapeOf } from '../sql/shape.js';

/** Parts of a query in which a bare name is a column or a table and cannot be a function. */
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

/** Functions to which the name of another function can be handed. To all others a bare name is a column. */
const takesFunctions = /^(?:array|map)/i;

/** Checked statements that are remembered. */
const MAX_KNOWN = 2_000;

/**
 * Decides what SQL may use by what the engine itself reads in it: every function and every table function must be on
 * the list of those that compute from their arguments alone. A query is checked as the very text that is then run;
 * its format and settings are not part of that text.
 *
 * It is a check and no wall: a spelling that the engine tells of in a way that is not understood here would pass.
 * Behind it stands the engine's user, who has no right to files, addresses, programs and dictionaries
 * (private-config.ts): that is the wall, for table functions and table engines. It does not stop the scalar function
 * file(), for which the engine has no right, no setting and no folder. There two checks stand one behind the other,
 * which share no code: this one, and one of the text before the engine sees it (sql/file-name.ts, statement.ts). In
 * `atel up` a wall stands behind both: the process has no working folder (working-folder.ts).
 */
export class SqlGuard {
  /** Digests of their shapes: the text of a pipe can be long. */
  private readonly known = new Set<string>();
  /** Digests of whole texts: to find one again takes a fraction of reading it. */
  private readonly knownTexts = new Set<string>();

  /**
   * @param parse what the engine answers to an EXPLAIN that looks nothing up and computes nothing
   * @param unlisted names of the engine's functions that the lists do not have, in lower case
   */
  constructor(
    private readonly parse: (explain: string) => Promise<string>,
    private readonly unlisted: ReadonlySet<string>,
  ) {}

  /**
   * Checks SELECTs, given by their shape: two of one shape differ in their literals alone.
   * Throws a DatafileError that names what is refused, and what the engine throws where it cannot read one.
   */
  async checkSelects(statements: ReadonlyMap<string, string>, parse = this.parse): Promise<void> {
    for (const [shape, sql] of statements) {
      const key = digest(shape);
      if (this.known.has(key)) continue;
      const tree = await parse(`EXPLAIN QUERY TREE run_passes = 0 (\n${sql}\n)`);
      const mentions = readQueryTree(tree);
      const own = new Set(mentions.filter(({ kind }) => kind === 'lambda').map(({ name }) => name));
      const isAllowed = (name: string) => isAllowedFunction(name) || (own.has(name) && this.isUnknown(name));
      for (const one of mentions) this.judge(one, isAllowed);
      remember(this.known, key);
    }
  }

  /** Checks the very text of a SELECT that is then run. Throws as `checkSelects` does. */
  async checkText(sql: string, parse: (explain: string) => Promise<string>): Promise<void> {
    const key = digest(sql);
    if (this.knownTexts.has(key)) return;
    await this.checkSelects(new Map([[shapeOf(lexSql(sql)), sql]]), parse);
    remember(this.knownTexts, key);
  }

  /** Checks a CREATE TABLE before it is run. Throws as `checkSelects` does. */
  async checkDefinition(createTable: string): Promise<void> {
    const tree = await this.parse(`EXPLAIN AST ${createTable}`);
    // A codec or an engine that does not exist is named by the engine itself.
    const isAllowed = (name: string) => isAllowedInDefinition(name) || this.isUnknown(name);
    for (const one of readDefinition(tree)) this.judge(one, isAllowed);
  }

  private judge({ kind, name, within, hasAlias }: Mention, isAllowed: (name: string) => boolean): void {
    if (kind === 'function' && !isAllowed(name)) throw this.refusal(name);
    if (kind === 'table function' && !isAllowedTableFunction(name)) throw this.refusal(name);
    if (kind !== 'name' || !isRefusedReference(name, this.unlisted)) return;
    const isPlain = within.kind === 'part' ? plainParts.has(within.name) : !takesFunctions.test(within.name);
    if (isPlain && !hasAlias) return;
    throw nameRefusal(name);
  }

  /** The engine has no function of that name: it may be the query's own, `(x -> x + 1) AS name`. */
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

function remember(known: Set<string>, key: string): void {
  if (known.size >= MAX_KNOWN) known.clear();
  known.add(key);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
