/** Checks a project against the engine before it is deployed. */
import type { Datasource } from '../datafile/types.js';
import { parseType, valueType } from '../columns/type.js';
import { cleanEngineMessage } from '../engine/engine-error.js';
import type { Engine } from '../engine/engine.js';
import { messageOf, type FileProblem } from '../errors.js';
import { qualified, quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import type { Mode } from '../template/context.js';
import { dropDatabase, type Databases } from './databases.js';
import { createTable, ensureQuarantine } from './ddl.js';
import { definitionProblem } from './definition.js';
import { quarantineName, type CompiledPipe, type Project } from './project.js';
import { Resolver, type Resolved } from './resolve.js';

export interface OutputColumn {
  name: string;
  type: string;
}

export interface CheckResult {
  problems: FileProblem[];
  /** Output columns of each pipe's nodes: `pipe.node`. */
  columns: Map<string, OutputColumn[]>;
}

/**
 * Creates the project's tables, empty, in a separate database and asks the engine for the output of each node, with
 * stand-ins for parameters, with and without the optional ones. Nothing that is deployed is touched.
 */
export async function checkProject(
  engine: Engine,
  project: Project,
  databases: Databases,
): Promise<CheckResult> {
  const result: CheckResult = { problems: [], columns: new Map() };
  await dropDatabase(engine, databases.check);
  await engine.execute(`CREATE DATABASE ${quoteIdentifier(databases.check)} ENGINE = Atomic`);
  try {
    for (const datasource of project.datasources.values()) {
      const problem =
        definitionProblem(datasource, engine.sources) ??
        (await checkDatasource(engine, datasource, databases.check));
      if (problem !== undefined)
        result.problems.push({ filename: `${datasource.name}.datasource`, error: problem });
    }
    // Every query over an invalid table would fail too, with a less useful error.
    if (result.problems.length > 0) return result;
    const resolver = new Resolver(project, (name) => qualified(databases.check, name), engine.sources);
    for (const { name, forwardQuery } of project.datasources.values()) {
      const problem =
        forwardQuery === undefined ? undefined : await checkForward(engine, forwardQuery, resolver);
      if (problem !== undefined)
        result.problems.push({ filename: `${name}.datasource`, error: `FORWARD_QUERY: ${problem}` });
    }
    for (const compiled of project.pipes.values()) {
      const problem = await checkPipe(engine, project, compiled, resolver, result.columns);
      if (problem !== undefined)
        result.problems.push({ filename: `${compiled.pipe.name}.pipe`, error: problem });
    }
    return result;
  } finally {
    await dropDatabase(engine, databases.check);
  }
}

async function checkDatasource(
  engine: Engine,
  datasource: Datasource,
  database: string,
): Promise<string | undefined> {
  try {
    const statement = createTable(database, datasource, { schema: '', fill: '' });
    await engine.guard.checkDefinition(statement);
    await engine.execute(statement);
    for (const statement of ensureQuarantine(database, quarantineName(datasource.name), datasource)) {
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

async function checkPipe(
  engine: Engine,
  project: Project,
  compiled: CompiledPipe,
  resolver: Resolver,
  columns: Map<string, OutputColumn[]>,
): Promise<string | undefined> {
  const { pipe } = compiled;
  /**
   * Earlier nodes, given as their columns: with their full SQL, they would be analysed again in every node that reads
   * them.
   */
  const standIns = new Map<string, string>();
  const whole = (node: string, mode: Mode) => resolver.node(compiled, node, new Map(), mode);
  for (const node of pipe.nodes) {
    try {
      if (isRead(pipe, node.name)) {
        const alone = () => resolver.nodeAlone(compiled, node.name, 'check-defaults', standIns);
        // A query that needs more than the columns (a constant, for example) gets the full SQL.
        const output = await describe(engine, alone()).catch(() =>
          describe(engine, whole(node.name, 'check-defaults')),
        );
        columns.set(`${pipe.name}.${node.name}`, output);
        if (output.length > 0) standIns.set(node.name, tableOf(output));
        continue;
      }
      const plain = whole(node.name, 'check-defaults');
      const output = await describe(engine, plain);
      columns.set(`${pipe.name}.${node.name}`, output);
      if (plain.isDynamic) await describe(engine, whole(node.name, 'check-all'));
      // The writing session runs the SELECT of a view, so the guard checks it too.
      if (pipe.materialized) await engine.guard.checkSelects(whole(node.name, 'run').statements);
      if (pipe.materialized?.node === node.name) checkTarget(project, pipe.materialized.datasource, output);
      if (pipe.copy?.node === node.name) checkTarget(project, pipe.copy.target, output);
    } catch (error) {
      return `node ${await culprit(node.name)}: ${cleanEngineMessage(messageOf(error))}`;
    }
  }
  return undefined;

  /** The first node that fails by itself: the nodes that read it only fail because of it. */
  async function culprit(last: string): Promise<string> {
    for (const { name } of pipe.nodes) {
      if (name === last) break;
      for (const mode of ['check-defaults', 'check-all'] as const) {
        try {
          await describe(engine, whole(name, mode));
        } catch {
          return name;
        }
      }
    }
    return last;
  }
}

/** Whether a later node reads this one, so that it is checked together with it. */
function isRead({ nodes, materialized, copy }: CompiledPipe['pipe'], name: string): boolean {
  const later = nodes.slice(nodes.findIndex((node) => node.name === name) + 1);
  const word = new RegExp(`(?<![\\w.])${name}(?!\\w)`);
  return materialized?.node !== name && copy?.node !== name && later.some(({ sql }) => word.test(sql));
}

/** A SELECT with these columns. */
function tableOf(columns: readonly OutputColumn[]): string {
  const structure = columns.map(({ name, type }) => `${quoteIdentifier(name)} ${type}`).join(', ');
  return `SELECT * FROM null(${quoteLiteral(structure)})`;
}

async function describe(engine: Engine, resolved: Resolved): Promise<OutputColumn[]> {
  if (resolved.isUncheckable) return [];
  await engine.guard.checkSelects(resolved.statements);
  // In a read-only session: what the engine computes for DESCRIBE has a time limit there, and does not delay rows.
  const rows = await engine.readRows<OutputColumn>(`DESCRIBE TABLE (${resolved.sql}\n)`, resolved.settings);
  return rows.map(({ name, type }) => ({ name, type }));
}

/** Every column of a view must exist in its target, with a compatible type. */
function checkTarget(project: Project, name: string, output: readonly OutputColumn[]): void {
  const target = project.datasources.get(name);
  if (!target) return;
  for (const column of output) {
    const into = target.columns.find((one) => one.name === column.name);
    if (!into) throw new Error(`column ${column.name} is not in datasource ${name}`);
    if (familyOf(column.type) !== familyOf(into.type)) {
      throw new Error(`column ${column.name} is ${column.type}, but ${into.type} in datasource ${name}`);
    }
  }
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
