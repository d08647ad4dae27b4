/** Replaces the names of nodes, pipes and datasources in a query by SQL for the engine. */
import { ApiError, DatafileError } from '../errors.js';
import { findJoinGets, joinGetRefusal, type JoinGet } from '../sql/join-get.js';
import { outsideFunction } from '../sql/outside.js';
import {
  aliasPrefixes,
  applyEdits,
  findHiddenTable,
  findTableReferences,
  type Edit,
  type TableReference,
} from '../sql/references.js';
import { plainName, queryParameters, quoteIdentifier, quoteLiteral } from '../sql/quote.js';
import { shapeOf } from '../sql/shape.js';
import { addSettings, readSelect } from '../sql/statement.js';
import { withoutSystemTables } from '../sql/system-tables.js';
import type { Mode, Secrets } from '../template/context.js';
import { MissingParameterError } from '../template/error.js';
import { renderTemplate, type Rendered, type RequestParameters } from '../template/template.js';
import { noShares } from './shares.js';
import { isService, serviceSource, serviceStandIn } from './service.js';
import { quarantineName, type CompiledPipe, type Project } from './project.js';

/** SQL for the engine: every node, pipe and datasource in it is replaced. */
export interface Resolved {
  sql: string;
  /** Datasources that are read, the leftmost first. */
  datasources: string[];
  /** Datasources and pipes that the query itself names, for the token's scopes. */
  named: string[];
  /** Datasources that the query itself reads by joinGet(). */
  joined: string[];
  /** The engine's tables that the SQL reads, as `database.table`. */
  tables: Set<string>;
  /** Datasources of other workspaces that it reads, as `workspace.name`. */
  shared: Set<string>;
  /** Service data sources that it reads, as `tinybird.name`. */
  services: Set<string>;
  /** Datasources whose quarantine the query itself names. */
  quarantines: string[];
  /** The SELECTs in it, as they were written, keyed by their shape, for the engine's guard. */
  statements: Map<string, string>;
  /** Settings of all SETTINGS clauses in it; the session must have them before it runs. */
  settings: Map<string, string>;
  /** False if the SQL is the same for every request. */
  isDynamic: boolean;
  isUncheckable: boolean;
  /** True if stand-ins or defaults are in it: only a real value decides whether the engine can convert it. */
  hasStandIn: boolean;
  /** True if a template raised an error of its own during a check. */
  hasRaised: boolean;
  /** In a check: a table function in it that reads what is outside of this server, which never runs it. */
  outside?: string;
  format: string | undefined;
}

interface Request {
  parameters: RequestParameters;
  mode: Mode;
  /** In a check: stand-ins and defaults are written as values of a column, which the engine does not convert. */
  isAbstract: boolean;
  /** Nodes that are being resolved, to find circles. */
  path: string[];
  /** SQL to use for other nodes of the same pipe instead of their own, by name. */
  standIns?: ReadonlyMap<string, string>;
}

/** SQL that is not whole in a check, because its template has raised an error of its own there. */
export class RaisedInCheck extends DatafileError {}

const noParameters: RequestParameters = new Map();

/** Resolves queries over one project. */
export class Resolver {
  private readonly fixed = new Map<string, Resolved>();

  constructor(
    private readonly project: Project,
    /** The engine's name for the table of a datasource or quarantine. */
    private readonly tableOf: (name: string) => string,
    private readonly sources: ReadonlySet<string>,
    private readonly secrets: Secrets = new Map(),
    /** The database with the rows of the service data sources; undefined: they have none. */
    private readonly serviceDatabase?: string,
    private readonly shares = noShares,
  ) {}

  /** The SQL of a pipe's node for one request. Throws an ApiError (template) or a DatafileError (SQL). */
  node(
    pipe: CompiledPipe,
    name: string,
    parameters: RequestParameters,
    mode: Mode,
    isAbstract = false,
  ): Resolved {
    return this.resolveNode(pipe, name, { parameters, mode, isAbstract, path: [] });
  }

  /** The SQL of a pipe's node without parameters, with stand-ins for other nodes of the pipe. Throws as `node` does. */
  nodeAlone(
    pipe: CompiledPipe,
    name: string,
    mode: Mode,
    standIns: ReadonlyMap<string, string>,
    isAbstract = false,
  ): Resolved {
    return this.resolveNode(pipe, name, { parameters: noParameters, mode, isAbstract, path: [], standIns });
  }

  /** The SQL of a free query over datasources and pipes. `_` means `subject`. Throws a DatafileError. */
  query(sql: string, subject?: string, parameters = noParameters): Resolved {
    return this.resolveSql(sql, undefined, { parameters, mode: 'run', isAbstract: false, path: [] }, subject);
  }

  private resolveNode(pipe: CompiledPipe, name: string, request: Request): Resolved {
    const key = `${pipe.pipe.name}.${name}`;
    const known = request.standIns === undefined ? this.fixed.get(key) : undefined;
    if (known) return known;
    const template = pipe.templates.get(name);
    if (!template) throw new DatafileError(`node ${name} does not exist`);
    if (request.path.includes(key)) {
      throw new DatafileError(`nodes refer to each other in a circle: ${[...request.path, key].join(' → ')}`);
    }
    const { parameters, mode, isAbstract } = request;
    const rendered = renderTemplate(template, parameters, mode, {
      secrets: this.secrets,
      isAbstract,
    });
    const inner = { ...request, path: [...request.path, key] };
    const resolved = this.resolveRendered(rendered, { pipe, node: name }, inner);
    resolved.isDynamic ||= template.isDynamic;
    resolved.isUncheckable ||= rendered.isUncheckable;
    resolved.hasStandIn ||= rendered.hasStandIn;
    resolved.hasRaised ||= rendered.hasRaised;
    addSettings(resolved.settings, queryParameters(rendered.bound));
    // What is shared can be shared no more at the next request.
    const isFixed = !resolved.isDynamic && resolved.shared.size === 0;
    if (isFixed && request.standIns === undefined) this.fixed.set(key, resolved);
    return resolved;
  }

  private resolveRendered(
    { sql, hasRaised }: Rendered,
    scope: { pipe: CompiledPipe; node: string },
    request: Request,
  ): Resolved {
    try {
      return this.resolveSql(sql, scope, request);
    } catch (error) {
      throw hasRaised && error instanceof DatafileError ? new RaisedInCheck(error.message) : error;
    }
  }

  private resolveSql(
    text: string,
    scope: { pipe: CompiledPipe; node: string } | undefined,
    request: Request,
    subject?: string,
  ): Resolved {
    // What is outside of this server has no columns that a check could know.
    const outside = scope === undefined ? undefined : outsideFunction(text);
    if (scope !== undefined && outside !== undefined) {
      if (request.mode === 'run') throw readsOutside(scope.node, outside);
      return { ...emptyResult('SELECT 1'), isDynamic: true, isUncheckable: true, outside };
    }
    const statement = readSelect(withoutSystemTables(text), this.sources);
    const hidden = findHiddenTable(
      statement.tokens,
      (name) =>
        this.project.datasources.has(name) ||
        this.project.pipes.has(name) ||
        (!/^ws_local/i.test(name) && this.shares.hasWorkspace(name)),
    );
    if (hidden !== undefined) throw new DatafileError(`Resource '${hidden}' not found`);
    if (scope && statement.format !== undefined) throw new DatafileError('a node cannot have a FORMAT');
    const joinGets = findJoinGets(statement.tokens);
    // As its author wrote it, but with the table of each joinGet() as a text, which is all that the guard accepts.
    const written = applyEdits(
      statement.sql,
      joinGets.map(({ start, end, parts }) => ({ start, end, text: quoteLiteral(parts.join('.')) })),
    );
    const result: Resolved = {
      ...emptyResult(''),
      statements: new Map([[shapeOf(statement.tokens), written]]),
      settings: new Map(statement.settings),
      format: statement.format,
    };
    const references = findTableReferences(statement.tokens);
    const edits = references.flatMap((reference): Edit[] => {
      const { start, end, position, needsAlias, parts } = reference;
      const [name = '', ...rest] = parts;
      if (isService(parts) && position === 'from') {
        const [service = ''] = rest;
        result.services.add(parts.join('.'));
        if (request.mode !== 'run' || this.serviceDatabase === undefined)
          return [{ start, end, text: serviceStandIn(service, needsAlias) }];
        const source = serviceSource(service, this.serviceDatabase, needsAlias);
        result.named.push(parts.join('.'));
        result.tables.add(source.table);
        return [{ start, end, text: source.sql }];
      }
      if (rest.length > 0) {
        const shared = this.sharedTable(reference, references, result);
        if (shared !== undefined) {
          const alias = needsAlias ? ` AS ${quoteIdentifier(rest[0] ?? '')}` : '';
          return [{ start, end, text: shared + alias }];
        }
        checkQualified(reference);
        return [];
      }
      const target = subject !== undefined && name === '_' ? subject : name;
      const inner = this.lookUpOrTellLongest(target, references, scope, request, result);
      if (inner === undefined) {
        if (position === 'in') return [];
        throw new DatafileError(`Resource '${name}' not found`);
      }
      const sql = inner.isTable ? inner.sql : `(${inner.sql}\n)`;
      const text = needsAlias ? `${sql} AS ${quoteIdentifier(name)}` : sql;
      const prefixes =
        inner.isTable || this.isColumn(name) ? [] : aliasPrefixes(statement.tokens, references, reference);
      return [{ start, end, text }, ...prefixes];
    });
    // After the tables of the query: the first of them is the one that a view waits for.
    for (const joinGet of joinGets) {
      const text = quoteLiteral(plainName(this.joinTable(joinGet, result)));
      edits.push({ start: joinGet.start, end: joinGet.end, text });
    }
    result.sql = applyEdits(statement.sql, edits);
    return result;
  }

  /** The engine's table of `workspace.name`; undefined if it is not shared with this workspace. */
  private sharedTable(
    { parts, position, start }: TableReference,
    references: readonly TableReference[],
    into: Resolved,
  ): string | undefined {
    const [workspace = '', name = '', ...more] = parts;
    // Right of IN, it may also be a column of a table that has the workspace's name.
    const isColumn =
      position === 'in' &&
      references.some(
        (one) =>
          one.start !== start &&
          (one.parts.at(-1) === workspace || one.alias?.replaceAll(/[`"]/g, '') === workspace),
      );
    const shared = more.length > 0 || isColumn ? undefined : this.shares.find(workspace, name);
    if (shared === undefined) return undefined;
    noteShared(parts.join('.'), shared.table, into);
    return shared.table;
  }

  /** The engine's table that a joinGet() reads. */
  private joinTable({ call, parts, isText }: JoinGet, into: Resolved): string {
    const [name = '', inOther] = parts;
    const written = parts.join('.');
    const own = inOther === undefined ? this.project.datasources.get(name) : undefined;
    const found =
      inOther === undefined
        ? own && { table: this.tableOf(name), engine: own.engine.name }
        : this.shares.find(name, inOther);
    if (found === undefined)
      throw isText ? new DatafileError(`Resource '${written}' not found`) : joinGetRefusal(call);
    const { table, engine } = found;
    if (engine !== 'Join') {
      throw new DatafileError(
        `${call}() reads Data Sources of ENGINE Join, and ${written} has ENGINE ${engine}`,
      );
    }
    into.joined.push(written);
    if (own === undefined) {
      noteShared(written, table, into);
      return table;
    }
    into.named.push(name);
    if (!into.datasources.includes(name)) into.datasources.push(name);
    into.tables.add(plainName(table));
    return table;
  }

  /**
   * Looks a name up. Of several nodes that a query reads and that miss a parameter, Tinybird names the parameters of the
   * node with the longest name, so a node that comes later in the text, with a longer name, is looked at first.
   */
  private lookUpOrTellLongest(
    name: string,
    references: readonly TableReference[],
    scope: { pipe: CompiledPipe; node: string } | undefined,
    request: Request,
    into: Resolved,
  ): { sql: string; isTable: boolean } | undefined {
    try {
      return this.lookUp(name, scope, request, into);
    } catch (error) {
      if (!(error instanceof MissingParameterError)) throw error;
      const longer = references
        .flatMap(({ parts: [other = '', ...rest] }) => (rest.length === 0 ? [other] : []))
        .filter((other) => other.length > name.length)
        .sort((a, b) => b.length - a.length);
      for (const other of longer) this.lookUp(other, scope, request, emptyResult(''));
      throw error;
    }
  }

  /** Whether a datasource has a column of that name: `name.x` could mean its field. */
  private isColumn(name: string): boolean {
    return [...this.project.datasources.values()].some(({ columns }) =>
      columns.some((column) => column.name === name),
    );
  }

  /** Looks for a name in earlier nodes of the pipe, then in pipes, then in datasources. */
  private lookUp(
    name: string,
    scope: { pipe: CompiledPipe; node: string } | undefined,
    request: Request,
    into: Resolved,
  ): { sql: string; isTable: boolean } | undefined {
    const isOwnNode = scope !== undefined && name !== scope.node && scope.pipe.templates.has(name);
    const other = this.project.pipes.get(name);
    const standIn = isOwnNode ? request.standIns?.get(name) : undefined;
    if (standIn !== undefined) return { sql: standIn, isTable: false };
    if (isOwnNode) return this.inline(this.resolveNode(scope.pipe, name, request), into);
    if (other && other !== scope?.pipe) {
      into.named.push(name);
      const { standIns: _, ...whole } = request;
      return this.inline(this.resolveNode(other, outputNode(other), whole), into);
    }
    const owner = this.ownerOf(name);
    if (owner === undefined) return undefined;
    (owner === name ? into.named : into.quarantines).push(owner);
    if (!into.datasources.includes(owner)) into.datasources.push(owner);
    const table = this.tableOf(name);
    into.tables.add(plainName(table));
    return { sql: table, isTable: true };
  }

  private inline(inner: Resolved, into: Resolved): { sql: string; isTable: boolean } {
    for (const datasource of inner.datasources) {
      if (!into.datasources.includes(datasource)) into.datasources.push(datasource);
    }
    for (const table of inner.tables) into.tables.add(table);
    for (const service of inner.services) into.services.add(service);
    for (const name of inner.shared) into.shared.add(name);
    for (const [shape, sql] of inner.statements) into.statements.set(shape, sql);
    addSettings(into.settings, inner.settings);
    into.isDynamic ||= inner.isDynamic;
    into.isUncheckable ||= inner.isUncheckable;
    into.hasStandIn ||= inner.hasStandIn;
    into.hasRaised ||= inner.hasRaised;
    if (inner.outside !== undefined) into.outside ??= inner.outside;
    return { sql: inner.sql, isTable: false };
  }

  /** The datasource that a table name belongs to: itself, or the one whose quarantine it is. */
  private ownerOf(name: string): string | undefined {
    if (this.project.datasources.has(name)) return name;
    const owner = name.endsWith('_quarantine') ? name.slice(0, -'_quarantine'.length) : '';
    const datasource = this.project.datasources.get(owner);
    return datasource && quarantineName(owner) === name ? owner : undefined;
  }
}

function noteShared(name: string, table: string, into: Resolved): void {
  into.named.push(name);
  into.shared.add(name);
  into.tables.add(plainName(table));
}

/** SQL that reads nothing. */
function emptyResult(sql: string): Resolved {
  return {
    sql,
    datasources: [],
    named: [],
    joined: [],
    quarantines: [],
    tables: new Set(),
    shared: new Set(),
    services: new Set(),
    statements: new Map(),
    settings: new Map(),
    isDynamic: false,
    isUncheckable: false,
    hasStandIn: false,
    hasRaised: false,
    format: undefined,
  };
}

function readsOutside(node: string, name: string): ApiError {
  return new ApiError(
    501,
    `node ${node} reads ${name}(): the local server reads no other databases, files or addresses. Query it on Tinybird Cloud`,
  );
}

/** The node whose rows a pipe returns. */
export function outputNode({ pipe }: CompiledPipe): string {
  return pipe.endpoint ?? pipe.nodes.at(-1)?.name ?? '';
}

/** Refuses `database.table`: no resource has such a name. */
function checkQualified({ parts, position }: TableReference): void {
  // Right of IN, `a.b` is usually a column of a table.
  if (position === 'in') return;
  throw new DatafileError(`Resource '${parts.join('.')}' not found`);
}
