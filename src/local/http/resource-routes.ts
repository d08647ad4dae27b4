/** Routes that read the deployed datasources and pipes. */
import type { Hono } from 'hono';
import type { Connection, Datasource, Pipe } from '../datafile/types.js';
import { ApiError } from '../errors.js';
import { isPaused } from '../workspace/copy.js';
import type { CompiledPipe } from '../workspace/project.js';
import { outputNode } from '../workspace/resolve.js';
import {
  findDatasource,
  requireAdmin,
  requireScope,
  type AppContext,
  type AppEnv,
  type ServerContext,
} from './context.js';

/** Lists of what is deployed, and definitions as text and as JSON. */
export function resourceRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.get('/v0/datasources', (c) => {
    requireAdmin(c);
    const { datasources } = server.workspace.project;
    return c.json({ datasources: [...datasources.values()].map(presentDatasource) });
  });
  app.get('/v0/datasources/:name', (c) => getDatasource(c, server, c.req.param('name')));
  for (const version of ['v0', 'v1']) {
    app.get(`/${version}/pipes`, (c) => {
      requireAdmin(c);
      const pipes = [...server.workspace.project.pipes.values()].map((one) => presentPipe(server, one));
      return c.json({ pipes });
    });
    app.get(`/${version}/pipes/:name`, (c) => getPipe(c, server, c.req.param('name')));
  }
  app.get('/v0/connectors', (c) => {
    requireAdmin(c);
    const { connections } = server.workspace.project;
    return c.json({ connectors: [...connections.values()].map(presentConnection) });
  });
  app.get('/v0/connectors/:name', (c) => {
    requireAdmin(c);
    const file = c.req.param('name');
    const name = file.replace(/\.connection$/, '');
    const connection = server.workspace.project.connections.get(name);
    if (!connection) throw new ApiError(404, `Connector ${name} does not exist`);
    return file.endsWith('.connection') ? c.text(connection.content) : c.json(presentConnection(connection));
  });
}

/** Connections are kept as they are written, and never used. */
function presentConnection({ name, type, description }: Connection) {
  return { id: name, name, service: type, description };
}

function getDatasource(c: AppContext, server: ServerContext, file: string): Response {
  const wantsText = file.endsWith('.datasource') || c.req.query('format') === 'datasource';
  const datasource = findDatasource(server, file.replace(/\.datasource$/, ''));
  requireScope(c, server, ['DATASOURCES:READ'], datasource.name);
  return wantsText ? c.text(datasource.content) : c.json(presentDatasource(datasource));
}

function getPipe(c: AppContext, server: ServerContext, file: string): Response {
  const wantsText = file.endsWith('.pipe') || c.req.query('format') === 'pipe';
  const name = file.replace(/\.pipe$/, '');
  const compiled = server.workspace.project.pipes.get(name);
  if (!compiled) throw new ApiError(404, `The pipe '${name}' does not exist`);
  requireScope(c, server, ['PIPES:READ'], name);
  return wantsText ? c.text(compiled.pipe.content) : c.json(presentPipe(server, compiled));
}

function presentDatasource({ name, description, columns, engine, forwardQuery }: Datasource) {
  return {
    id: name,
    name,
    description,
    schema: {
      columns: columns.map((column) => ({
        name: column.name,
        type: column.type,
        jsonpath: column.jsonPath ?? null,
        default_value: defaultOf(column),
        codec: column.codec === undefined ? null : `CODEC(${column.codec})`,
        nullable: column.type.includes('Nullable('),
      })),
    },
    engine: {
      engine: engine.name,
      sorting_key: engine.sortingKey ?? '',
      partition_key: engine.partitionKey ?? '',
      primary_key: engine.primaryKey ?? engine.sortingKey ?? '',
      engine_ver: engine.version,
      engine_sign: engine.sign,
      engine_version: engine.version,
      engine_summing_columns: engine.summingColumns,
      engine_join_strictness: engine.joinStrictness,
      engine_join_type: engine.joinType,
      engine_key_columns: engine.keyColumns,
    },
    ttl: engine.ttl ?? '',
    forward_query: forwardQuery,
  };
}

function defaultOf({ defaultExpression, materialized }: Datasource['columns'][number]): string | null {
  if (materialized !== undefined) return `MATERIALIZED ${materialized}`;
  return defaultExpression === undefined ? null : `DEFAULT ${defaultExpression}`;
}

function presentPipe(server: ServerContext, compiled: CompiledPipe) {
  const { pipe, parameters } = compiled;
  const { columns } = server.workspace.saved;
  return {
    id: pipe.name,
    name: pipe.name,
    description: pipe.description,
    type: kindOf(pipe),
    endpoint: pipe.endpoint,
    materialized_datasource: pipe.materialized[0]?.datasource,
    copy_target_datasource: pipe.copy?.target,
    copy_schedule: pipe.copy?.schedule,
    copy_mode: pipe.copy?.mode,
    copy_status: pipe.copy && (isPaused(server.workspace, pipe.name) ? 'paused' : 'running'),
    nodes: pipe.nodes.map((node) => ({
      id: node.name,
      name: node.name,
      sql: node.sql,
      description: node.description,
      params:
        node.name === outputNode(compiled)
          ? parameters
          : (compiled.templates.get(node.name)?.parameters ?? []),
      columns: columns[`${pipe.name}.${node.name}`] ?? [],
    })),
  };
}

function kindOf({ endpoint, materialized, copy, sink }: Pipe): string {
  if (endpoint !== undefined) return 'endpoint';
  if (materialized.length > 0) return 'materialized';
  if (copy) return 'copy';
  return sink ? 'sink' : 'default';
}
