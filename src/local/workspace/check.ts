/** Checks a project against the engine before it is deployed. */
import type { Datasource, Pipe } from '../datafile/types.js';
import { parseType, valueType } from '../columns/type.js';
import { cleanEngineMessage, engineCode } from '../engine/engine-error.js';
import type { Engine } from '../engine/engine.js';
import { messageOf, type FileProblem } from '../errors.js';
import { qualified, quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import type { Mode } from '../template/context.js';
import { dropDatabase, type Databases } from './databases.js';
import { createQuarantine, createTable, hashOf, schemaHash } from './ddl.js';
import { definitionProblem } from './definition.js';
import { forwardSelect } from './forward.js';
import { messageWithoutQuery } from './engine-message.js';
import { quarantineName, type CompiledPipe, type Project } from './project.js';
import type { Shares } from './shares.js';
import { outputNode, RaisedInCheck, Resolver, type Resolved } from './resolve.js';

export interface OutputColumn {
  name: string;
  type: string;
}

export interface CheckResult {
  problems: FileProblem[];
  /** Faults of what a template writes only if parameters are given: Tinybird builds such a pipe, and some calls fail. */
  warnings: FileProblem[];
  /** Output columns of each pipe's nodes: `pipe.node`. */
  columns: Map<string, OutputColumn[]>;
}

/** How a template is rendered in a check: without its optional parts, and with all of them. */
type CheckMode = Exclude<Mode, 'run'>;

function byMode<T>(make: () => T): Record<CheckMode, T> {
  return { 'check-defaults': make(), 'check-all': make() };
}

/**
 * Asks the engine for the columns of queries, once for each text: many nodes are the same in several pipes, and in the
 * next build of a project while somebody works on it.
 */
export class Described {
  private known = new Map<string, Promise<OutputColumn[]>>();
  private used = new Set<string>();
  private tables = '';

  constructor(readonly engine: Engine) {}

  /** Begins the check of a project: with other tables, a query may have other columns. */
  begin({ datasources }: Project): void {
    const tables = JSON.stringify(
      [...datasources.values()].map((one) => [
        one.name,
        schemaHash(one),
        // The columns of its quarantine.
        one.columns.map(({ jsonPath }) => jsonPath !== undefined),
      ]),
    );
    if (tables !== this.tables) this.known = new Map();
    // What the last check did not need is forgotten.
    else this.known = new Map([...this.known].filter(([key]) => this.used.has(key)));
    this.tables = tables;
    this.used = new Set();
  }

  columnsOf(resolved: Resolved): Promise<OutputColumn[]> {
    // Another workspace's tables may change at any time.
    if (resolved.shared.size > 0) return outputColumns(this.engine, resolved);
    const key = hashOf(JSON.stringify([resolved.sql, [...resolved.settings], resolved.isUncheckable]));
    this.used.add(key);
    const known = this.known.get(key);
    if (known) return known;
    const asked = outputColumns(this.engine, resolved);
    this.known.set(key, asked);
    // A query that failed may have met a busy engine.
    asked.catch(() => this.known.delete(key));
    return asked;
  }
}

/**
 * Creates the project's tables, empty, in a separate database and asks the engine for the output of each node, with
 * stand-ins for parameters, with and without the optional ones. Nothing that is deployed is touched.
 */
export async function checkProject(
  described: Described,
  project: Project,
  databases: Databases,
  shares: Shares,
): Promise<CheckResult> {
  const { engine } = described;
  const result: CheckResult = { problems: [], warnings: [], columns: new Map() };
  return inCheckDatabase(engine, databases, async () => {
    for (const datasource of project.datasources.values()) {
      const problem = await createEmpty(engine, datasource, databases.check);
      if (problem !== undefined)
        result.problems.push({ filename: `${datasource.name}.datasource`, error: problem });
    }
    for (const { name, projections } of project.datasources.values()) {
      if (projections.length === 0) continue;
      const error =
        "PROJECTIONS is built here, but is not in Tinybird's reference of datafiles: Tinybird Cloud may refuse it";
      result.warnings.push({ filename: `${name}.datasource`, error });
    }
    // Every query over an invalid table would fail too, with a less useful error.
    if (result.problems.length > 0) return result;
    const resolver = new Resolver(
      project,
      (name) => qualified(databases.check, name),
      engine.sources,
      undefined,
      undefined,
      shares,
    );
    for (const { name, forwardQuery } of project.datasources.values()) {
      const problem =
        forwardQuery === undefined
          ? undefined
          : await checkForward(engine, forwardSelect(name, forwardQuery), resolver);
      if (problem !== undefined)
        result.problems.push({ filename: `${name}.datasource`, error: `FORWARD_QUERY: ${problem}` });
    }
    // The engine's messages name the tables of the check.
    const shown = (message: string) => message.replaceAll(`${databases.check}.`, '');
    described.begin(project);
    const pipes = [...project.pipes.values()];
    const checks = await mapTwoAtOnce(pipes, (compiled) => checkPipe(described, project, compiled, resolver));
    for (const [index, { columns, problem, warning }] of checks.entries()) {
      const name = pipes[index]?.pipe.name ?? '';
      for (const [node, output] of columns) result.columns.set(`${name}.${node}`, output);
      const filename = `${name}.pipe`;
      if (problem !== undefined) result.problems.push({ filename, error: shown(problem) });
      if (warning !== undefined) result.warnings.push({ filename, error: shown(warning) });
    }
    return result;
  });
}

/** Runs work with an empty database for tables, which is removed at its end. */
export async function inCheckDatabase<T>(
  engine: Engine,
  databases: Databases,
  work: () => Promise<T>,
): Promise<T> {
  await dropDatabase(engine, databases.check);
  await engine.execute(`CREATE DATABASE ${quoteIdentifier(databases.check)} ENGINE = Atomic`);
  try {
    return await work();
  } finally {
    await dropDatabase(engine, databases.check);
  }
}

/** Creates an empty table of a datasource, if nothing in its file is refused; else the reason. */
export async function createEmpty(
  engine: Engine,
  datasource: Datasource,
  database: string,
): Promise<string | undefined> {
  const problem = definitionProblem(datasource, engine.sources);
  if (problem !== undefined) return problem;
  try {
    const statement = createTable(database, datasource, { schema: '', fill: '' });
    await engine.guard.checkDefinition(statement);
    await engine.execute(statement);
    for (const statement of createQuarantine(database, quarantineName(datasource.name), datasource)) {
      await engine.execute(statement);
    }
    return undefined;
  } catch (error) {
    return cleanEngineMessage(messageOf(error));
  }
}

/** Checks only the functions, because the query reads the tables as they were before. */
async function checkForward(
  engine: Engine,
  forwardQuery: string,
  resolver: Resolver,
): Promise<string | undefined> {
  try {
    await engine.guard.checkSelects(resolver.query(forwardQuery).statements);
    return undefined;
  } catch (error) {
    return cleanEngineMessage(messageOf(error));
  }
}

/** Maps items in their order, two at the same time: the engine has two sessions for short queries of pipes. */
async function mapTwoAtOnce<T, R>(items: readonly T[], map: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const work = async () => {
    for (const [index, item] of waiting) results[index] = await map(item);
  };
  await Promise.all([work(), work()]);
  return results;
}

/** The output columns of a pipe's nodes, up to the first one that is wrong, and what is wrong with it. */
interface PipeCheck {
  columns: Map<string, OutputColumn[]>;
  problem: string | undefined;
  /** The first fault that only a call with parameters meets. */
  warning: string | undefined;
}

async function checkPipe(
  described: Described,
  project: Project,
  compiled: CompiledPipe,
  resolver: Resolver,
): Promise<PipeCheck> {
  const { pipe } = compiled;
  const columns: PipeCheck['columns'] = new Map();
  const { engine } = described;
  /**
   * Earlier nodes, given as their columns: with their full SQL, they would be analysed again in every node that reads
   * them.
   */
  const standIns = byMode(() => new Map<string, string>());
  const alone = (node: string, mode: CheckMode) => (isAbstract: boolean) =>
    resolver.nodeAlone(compiled, node, mode, standIns[mode], isAbstract);
  const whole = (node: string, mode: Mode) => (isAbstract: boolean) =>
    resolver.node(compiled, node, new Map(), mode, isAbstract);
  let warning: string | undefined;
  /**
   * The output of a node. Its SQL alone is asked first; a query that needs more than the columns of earlier nodes (a
   * constant, for example) gets the full SQL.
   */
  const outputOf = async (node: string, mode: CheckMode): Promise<OutputColumn[] | undefined> => {
    const inWhole = () => attempt(described, whole(node, mode));
    const output =
      targetOf(pipe, node) === undefined
        ? await attempt(described, alone(node, mode)).catch(inWhole)
        : await inWhole();
    if (output !== undefined && output.length > 0) standIns[mode].set(node, tableOf(output));
    return output;
  };
  /**
   * With all optional parts, which need not go together: what is wrong there is told, but refuses nothing. Nodes after it
   * may fail because of it, so only the first fault is told.
   */
  const warned = async <T>(node: string, ask: () => T | Promise<T>): Promise<T | undefined> => {
    try {
      return await ask();
    } catch (error) {
      const reason = cleanEngineMessage(messageOf(error));
      warning ??= `node ${node}: a call that gives all optional parameters fails: ${reason}`;
      return undefined;
    }
  };
  for (const { name: node } of pipe.nodes) {
    try {
      const target = targetOf(pipe, node);
      const output = await outputOf(node, 'check-defaults');
      const withAll = await warned(node, () => outputOf(node, 'check-all'));
      if (target !== undefined && output === undefined && withAll === undefined)
        throw new Error(
          `neither without parameters nor with all of them does the query have columns, which must be those of datasource ${target}`,
        );
      columns.set(node, output ?? withAll ?? []);
      const outside = outsideOf(whole(node, 'check-defaults')) ?? outsideOf(whole(node, 'check-all'));
      if (outside !== undefined)
        warning ??= `node ${node}: it reads ${outside}(), which is outside of the local server: calls and copies of it are answered with 501`;
      // The writing session runs the SELECT of a view, so the guard checks it too.
      if (pipe.materialized.some((one) => one.node === node)) {
        const { services, shared } = whole(node, 'check-defaults')(false);
        const [other] = shared;
        if (other !== undefined)
          throw new Error(`a materialized pipe cannot read ${other}, which another workspace shares`);
        const [service] = services;
        if (service !== undefined) throw new Error(`a materialized pipe cannot read ${service}`);
        await engine.guard.checkSelects(whole(node, 'run')(false).statements);
      }
      // Settings that contradict each other, for example, show only in the SQL of the whole pipe.
      if (target === undefined && node === outputNode(compiled)) {
        resolves(whole(node, 'check-defaults'));
        await warned(node, () => resolves(whole(node, 'check-all')));
      }
      if (pipe.copy?.node === node) checkOnce(columns.get(node) ?? []);
      if (target !== undefined) await checkTarget(engine, project, target, columns.get(node) ?? []);
    } catch (error) {
      const problem = `node ${await culprit(node)}: ${cleanEngineMessage(messageOf(error))}`;
      return { columns, problem, warning: undefined };
    }
  }
  return { columns, problem: undefined, warning };

  /** The first node that fails by itself: the nodes that read it only fail because of it. */
  async function culprit(last: string): Promise<string> {
    for (const { name } of pipe.nodes) {
      if (name === last) break;
      try {
        await describe(described, whole(name, 'check-defaults'));
      } catch {
        return name;
      }
    }
    return last;
  }
}

/** The datasource that takes the node's rows. */
function targetOf({ materialized, copy }: Pipe, node: string): string | undefined {
  const view = materialized.find((one) => one.node === node);
  if (view) return view.datasource;
  return copy?.node === node ? copy.target : undefined;
}

/**
 * The output for one mode; undefined if the SQL fails after its template has raised an error of its own: what is left
 * of the SQL need not be whole.
 */
async function attempt(
  described: Described,
  resolve: (isAbstract: boolean) => Resolved,
): Promise<OutputColumn[] | undefined> {
  let resolved: Resolved | undefined;
  try {
    resolved = resolve(false);
    return await describe(described, resolve);
  } catch (error) {
    if (resolved?.hasRaised === true || error instanceof RaisedInCheck) return undefined;
    throw error;
  }
}

/** Throws if the SQL cannot be put together, unless a template has raised an error of its own. */
function resolves(resolve: (isAbstract: boolean) => Resolved): void {
  try {
    resolve(false);
  } catch (error) {
    if (!(error instanceof RaisedInCheck)) throw error;
  }
}

/** What a node reads outside of this server; undefined if it reads nothing there, or if its SQL cannot be put together. */
function outsideOf(resolve: (isAbstract: boolean) => Resolved): string | undefined {
  try {
    return resolve(false).outside;
  } catch {
    return undefined;
  }
}

/** A SELECT with these columns. */
function tableOf(columns: readonly OutputColumn[]): string {
  const structure = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');
  return `SELECT * FROM null(${quoteLiteral(structure)})`;
}

/** Codes of ClickHouse for a value that cannot be converted or computed with. */
const valueCodes = new Set([6, 27, 32, 38, 41, 53, 69, 72, 117, 153, 376, 395, 407, 427, 467, 675, 676, 691]);

/** Codes for mistakes in the query itself: an unknown name or function, a missing GROUP BY, the syntax. */
const mistakeCodes = new Set([8, 10, 42, 46, 47, 60, 62, 179, 184, 207, 215]);

/**
 * The output of a query; empty if only a real value can tell. A query that the engine refuses because of a stand-in is
 * tried again with the stand-ins as values of a column, which the engine does not compute. If it needs constants
 * there, and the error is about a value, it is accepted as it is.
 */
async function describe(
  described: Described,
  resolve: (isAbstract: boolean) => Resolved,
): Promise<OutputColumn[]> {
  const resolved = resolve(false);
  try {
    return await described.columnsOf(resolved);
  } catch (error) {
    if (!resolved.hasStandIn || engineCode(error) === undefined) throw error;
    try {
      return await described.columnsOf(resolve(true));
    } catch (other) {
      if (mistakeCodes.has(engineCode(other) ?? 0)) throw other;
      const isAboutValue =
        valueCodes.has(engineCode(error) ?? 0) ||
        messageWithoutQuery(messageOf(error)).includes('__no_value__');
      if (isAboutValue) return [];
      throw error;
    }
  }
}

/** The columns of a query, after the guard has checked it. */
export async function outputColumns(engine: Engine, resolved: Resolved): Promise<OutputColumn[]> {
  if (resolved.isUncheckable) return [];
  const parse = async (explain: string) => {
    const { bytes } = await engine.read('pipes', explain, 'TSVRaw', resolved.settings);
    return Buffer.from(bytes).toString('utf8');
  };
  // As they are written; the server replaces them by tables of its own.
  const named = new Set([...resolved.services, ...resolved.shared]);
  await engine.guard.checkSelects(resolved.statements, parse, named);
  // In a read-only session: what the engine computes for DESCRIBE has a time limit there, and does not delay rows.
  const rows = await engine.readRows<OutputColumn>(`DESCRIBE TABLE (${resolved.sql}\n)`, resolved.settings);
  return rows.map(({ name, type }) => ({ name, type }));
}

/** A copy names each column of its target once. */
function checkOnce(output: readonly OutputColumn[]): void {
  const names = output.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new Error(`the query has the column ${twice} twice: a copy writes each column once`);
}

/** Every column of a view or copy must exist in its target, with a compatible type. */
async function checkTarget(
  engine: Engine,
  project: Project,
  name: string,
  output: readonly OutputColumn[],
): Promise<void> {
  const target = project.datasources.get(name);
  if (!target) return;
  for (const column of output) {
    const into = target.columns.find((one) => one.name === column.name);
    if (!into) throw new Error(`column ${column.name} is not in datasource ${name}`);
    if (into.materialized !== undefined)
      throw new Error(`column ${column.name} of datasource ${name} is MATERIALIZED: no query can fill it`);
    if (!(await isCompatible(engine, column.type, into.type))) {
      throw new Error(`column ${column.name} is ${column.type}, but ${into.type} in datasource ${name}`);
    }
  }
}

async function isCompatible(engine: Engine, from: string, to: string): Promise<boolean> {
  const [source, target] = [familyOf(from), familyOf(to)];
  if (source === target) return true;
  // The engine writes any JSON as text.
  if (source === 'JSON' && target === 'text') return true;
  if (!source.startsWith('AggregateFunction') || !target.startsWith('AggregateFunction')) return false;
  // Some functions have the same state for different arguments: count() and count(UInt64).
  const columns = quoteLiteral(`state ${from}`);
  const cast = `SELECT CAST(state, ${quoteLiteral(to)}) FROM null(${columns})`;
  return engine.readRows(`DESCRIBE TABLE (${cast})`, new Map()).then(
    () => true,
    () => false,
  );
}

/** Types of one family are converted when they are inserted; different families are a mistake. */
function familyOf(text: string): string {
  const type = valueType(parseType(text));
  if (type.name === 'Nullable') return familyOf(type.args[0]?.text ?? '');
  if (type.name === 'AggregateFunction') return type.text.replaceAll(/\s/g, '');
  if (/^(?:U?Int\d+|Float\d+|BFloat16|Decimal\d*|Bool)$/.test(type.name)) return 'number';
  if (/^(?:String|FixedString|Enum\d*)$/.test(type.name)) return 'text';
  if (/^(?:Date|Date32|DateTime|DateTime32|DateTime64)$/.test(type.name)) return 'time';
  if (type.name === 'Array') return `Array(${familyOf(type.args[0]?.text ?? '')})`;
  if (type.name === 'Tuple') return `Tuple(${type.args.map((arg) => familyOf(arg.text)).join(',')})`;
  // An empty array or a bare NULL has no family.
  return type.name;
}
