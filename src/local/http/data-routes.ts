/** Routes that take rows and answer queries. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { checkCondition, withConditions } from '../workspace/condition.js';
import { explainNode } from '../workspace/explain.js';
import { ingest } from '../workspace/ingest.js';
import {
  pipeFormats,
  queryPipe,
  resolveQuery,
  run,
  type Answer,
  type FreeQuery,
  type OutputOptions,
} from '../workspace/query.js';
import { maxAgeOf } from './answer-cache.js';
import { readBody } from '../../base/loopback/body.js';
import {
  findDatasource,
  jwtScopes,
  requireAdmin,
  requireScope,
  type AppContext,
  type AppEnv,
  type ServerContext,
} from './context.js';
import { notedCall, QUERY_API } from './noted.js';
import { describeEndpoints } from './openapi.js';
import { parameterOf, readCall, type Call } from './parameters.js';

/** `/v0/events` takes rows; `/v0/pipes/NAME.json` and `/v0/sql` answer queries, `…/explain` tells how. */
export function dataRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.post('/v0/events', (c) => postEvents(c, server));
  app.on(
    ['GET', 'POST'],
    '/v0/pipes/:file{[^/]+\\.(?:json|csv|csvwithnames|ndjson|parquet|prometheus)}',
    (c) => callPipe(c, server, c.req.param('file')),
  );
  app.on(['GET', 'POST'], '/v0/sql', (c) => runSql(c, server));
  app.get('/v0/pipes/:name/explain', (c) => explain(c, server, c.req.param('name')));
  app.get('/v0/pipes/:name/nodes/:node/explain', (c) =>
    explain(c, server, c.req.param('name'), c.req.param('node')),
  );
}

async function postEvents(c: AppContext, server: ServerContext): Promise<Response> {
  const name = c.req.query('name') ?? '';
  if (name === '') throw new ApiError(400, 'The parameter "name" is missing: /v0/events?name=DATASOURCE');
  if (!server.workspace.project.datasources.has(name))
    throw new ApiError(404, `Data Source "${name}" does not exist`);
  requireScope(c, server, ['DATASOURCES:APPEND'], name);
  const body = await readBody(c.req.raw, server.maxBodyBytes);
  const { workspace } = server;
  const result = await workspace.activity.operation(
    { type: 'append-hfi', datasource: name },
    () => ingest(workspace, name, body),
    ({ successful_rows, quarantined_rows }) => ({ rows: successful_rows, quarantined: quarantined_rows }),
  );
  return c.json(result, c.req.query('wait') === 'true' ? 200 : 202);
}

async function callPipe(c: AppContext, server: ServerContext, file: string): Promise<Response> {
  const [, name = '', extension = ''] = /^(.+)\.(\w+)$/.exec(file) ?? [];
  const format = pipeFormats.get(extension) ?? 'JSON';
  const { workspace } = server;
  if (file === 'openapi.json' && !workspace.project.pipes.has(name))
    return c.json(describeEndpoints(c, server));
  if (!workspace.project.pipes.has(name)) throw new ApiError(404, `The pipe '${name}' does not exist`);
  const kept: { age: number | null } = { age: null };
  const answer = await notedCall(c, server, name, async (tell) => {
    requireScope(c, server, ['PIPES:READ'], name);
    const { parameters, controls } = await readCall(c.req.raw, server.maxBodyBytes, false);
    for (const [key, value] of fixedParameters(c, name)) parameters.set(key, parameterOf(value));
    tell(parameters);
    const output = outputOf(c, controls);
    const query = controls.get('q');
    if (query !== undefined) {
      const resolved = await resolveOver(c, server, { sql: query, parameters, subject: name });
      return run(workspace, resolved, format, output, 'free');
    }
    const key = JSON.stringify([name, format, output.quote64, [...parameters]]);
    const found = await server.answers.answer(key, maxAgeOf(c.req.header('cache-control')), () =>
      queryPipe(workspace, name, parameters, format, output),
    );
    kept.age = found.age;
    // For an answer that was kept, nothing is read.
    return found.age === null ? found.answer : { ...found.answer, read: { rows: 0, bytes: 0 } };
  });
  const response = send(answer);
  if (kept.age !== null) response.headers.set('age', String(Math.floor(kept.age)));
  return response;
}

async function explain(c: AppContext, server: ServerContext, name: string, node?: string): Promise<Response> {
  requireAdmin(c);
  const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
  return c.json(await explainNode(server.workspace, name, node, parameters));
}

async function runSql(c: AppContext, server: ServerContext): Promise<Response> {
  const answer = await notedCall(c, server, QUERY_API, async (tell) => {
    const { parameters, controls } = await readCall(c.req.raw, server.maxBodyBytes, true);
    const sql = controls.get('q') ?? '';
    if (sql.trim() === '') throw new ApiError(400, 'The query is missing: send it as the body, or as q');
    const subject = controls.get('pipeline');
    if (subject !== undefined) {
      for (const [key, value] of fixedParameters(c, subject)) parameters.set(key, parameterOf(value));
    }
    tell(new Map([...parameters, ['q', sql]]));
    const resolved = await resolveOver(c, server, { sql, parameters, subject });
    return run(server.workspace, resolved, 'JSON', outputOf(c, controls), 'free');
  });
  return send(answer);
}

/** A free query may read what its token may read: of a datasource, the rows that the token's filter leaves. */
async function resolveOver(c: AppContext, server: ServerContext, query: FreeQuery) {
  const { subject } = query;
  const filterOf = (name: string) => filterFor(c, name === '_' && subject !== undefined ? subject : name);
  const computedOf = (name: string) =>
    (server.workspace.project.datasources.get(name)?.columns ?? [])
      .filter(({ materialized }) => materialized !== undefined)
      .map((column) => column.name);
  const rewrite =
    c.get('access').kind === 'jwt' ? (sql: string) => withConditions(sql, filterOf, computedOf) : undefined;
  const resolved = resolveQuery(server.workspace, rewrite === undefined ? query : { ...query, rewrite });
  for (const resource of new Set(resolved.named)) {
    requireScope(c, server, ['DATASOURCES:READ', 'PIPES:READ'], resource);
    if (resource !== subject && fixedParameters(c, resource).length > 0) {
      throw new ApiError(
        403,
        `The token fixes parameters of "${resource}": call /v0/pipes/${resource}.json, with q for a query over it`,
      );
    }
  }
  for (const name of [...resolved.joined, ...resolved.shared]) {
    if (filterFor(c, name) === undefined) continue;
    throw new ApiError(
      403,
      `The token filters the rows of "${name}", which cannot be done for joinGet() and for what another workspace shares`,
    );
  }
  // A quarantined row is exactly as its sender wrote it: a token that may send rows may read them.
  for (const owner of resolved.quarantines) {
    requireScope(c, server, ['DATASOURCES:APPEND'], owner);
    if (!(await server.workspace.hasQuarantine(findDatasource(server, owner)))) {
      throw new ApiError(
        400,
        `Resource '${owner}_quarantine' not found: no row of "${owner}" was quarantined`,
      );
    }
  }
  return resolved;
}

/** The parameters that the token sets for a pipe, whatever the request says. */
function fixedParameters(c: AppContext, pipe: string): [string, unknown][] {
  return jwtScopes(c, 'PIPES:READ', pipe).flatMap(({ fixed_params = {} }) => Object.entries(fixed_params));
}

/** The condition on the rows of a datasource that a token may read; undefined if it may read all of them. */
function filterFor(c: AppContext, datasource: string): string | undefined {
  const filters = jwtScopes(c, 'DATASOURCES:READ', datasource).map(({ filter = '' }) => filter.trim());
  if (filters.length === 0 || filters.includes('')) return undefined;
  filters.forEach(checkCondition);
  return filters.map((filter) => `(${filter}\n)`).join(' OR ');
}

function outputOf(c: AppContext, controls: Call['controls']): OutputOptions {
  return {
    quote64: controls.get('output_format_json_quote_64bit_integers') === '1',
    signal: c.req.raw.signal,
  };
}

function send({ bytes, contentType }: Answer): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } });
}
