/** Routes that take rows and answer queries. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { ingest } from '../workspace/ingest.js';
import { pipeFormats, queryPipe, resolveQuery, run, type Answer } from '../workspace/query.js';
import { maxAgeOf } from './answer-cache.js';
import { readBody } from '../../base/loopback/body.js';
import { requireScope, type AppContext, type AppEnv, type ServerContext } from './context.js';
import { readForm } from './form.js';
import { bodyParameters, queryParameters, wantsQuoted64 } from './parameters.js';

/** `/v0/events` takes rows; `/v0/pipes/NAME.json` and `/v0/sql` answer queries. */
export function dataRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.post('/v0/events', (c) => postEvents(c, server));
  app.on(
    ['GET', 'POST'],
    '/v0/pipes/:file{[^/]+\\.(?:json|csv|csvwithnames|ndjson|parquet|prometheus)}',
    (c) => callPipe(c, server, c.req.param('file')),
  );
  app.on(['GET', 'POST'], '/v0/sql', (c) => runSql(c, server));
}

async function postEvents(c: AppContext, server: ServerContext): Promise<Response> {
  const name = c.req.query('name') ?? '';
  if (name === '') throw new ApiError(400, 'The parameter "name" is missing: /v0/events?name=DATASOURCE');
  if (!server.workspace.project.datasources.has(name))
    throw new ApiError(404, `Data Source "${name}" does not exist`);
  requireScope(c, server, ['DATASOURCES:APPEND'], name);
  const body = await readBody(c.req.raw, server.maxBodyBytes);
  const result = await ingest(server.workspace, name, body);
  return c.json(result, c.req.query('wait') === 'true' ? 200 : 202);
}

async function callPipe(c: AppContext, server: ServerContext, file: string): Promise<Response> {
  const [, name = '', extension = ''] = /^(.+)\.(\w+)$/.exec(file) ?? [];
  const format = pipeFormats.get(extension);
  if (format === undefined) {
    throw new ApiError(
      400,
      `The format .${extension} is not supported: ${[...pipeFormats.keys()].join(', ')}`,
    );
  }
  const { workspace } = server;
  if (!workspace.project.pipes.has(name)) throw new ApiError(404, `The pipe '${name}' does not exist`);
  requireScope(c, server, ['PIPES:READ'], name);
  const url = new URL(c.req.url);
  const output = { quote64: wantsQuoted64(url), signal: c.req.raw.signal };
  const query = url.searchParams.get('q');
  if (query !== null) {
    return send(await run(workspace, resolveOver(c, server, query, name), format, output, 'free'));
  }
  const parameters = queryParameters(url);
  if (c.req.method === 'POST') {
    const body = await readBody(c.req.raw, server.maxBodyBytes);
    bodyParameters(parameters, body.toString('utf8'), c.req.header('content-type') ?? '');
  }
  const key = JSON.stringify([name, format, output.quote64, [...parameters]]);
  const { answer, age } = await server.answers.answer(key, maxAgeOf(c.req.header('cache-control')), () =>
    queryPipe(workspace, name, parameters, format, output),
  );
  const response = send(answer);
  if (age !== null) response.headers.set('age', String(Math.floor(age)));
  return response;
}

async function runSql(c: AppContext, server: ServerContext): Promise<Response> {
  const url = new URL(c.req.url);
  const query = url.searchParams.get('q') ?? (c.req.method === 'POST' ? await postedQuery(c, server) : '');
  if (query.trim() === '') throw new ApiError(400, 'The query is missing: send it as the body, or as q');
  const subject = url.searchParams.get('pipeline') ?? undefined;
  const resolved = resolveOver(c, server, query, subject);
  const output = { quote64: wantsQuoted64(url), signal: c.req.raw.signal };
  return send(await run(server.workspace, resolved, 'JSON', output, 'free'));
}

/** A free query may read what its token may read. */
function resolveOver(c: AppContext, server: ServerContext, query: string, subject: string | undefined) {
  const resolved = resolveQuery(server.workspace, query, subject);
  for (const resource of new Set(resolved.named)) {
    requireScope(c, server, ['DATASOURCES:READ', 'PIPES:READ'], resource);
  }
  // A quarantined row is exactly as its sender wrote it: a token that may send rows may read them.
  for (const owner of resolved.quarantines) requireScope(c, server, ['DATASOURCES:APPEND'], owner);
  return resolved;
}

async function postedQuery(c: AppContext, server: ServerContext): Promise<string> {
  const contentType = c.req.header('content-type') ?? '';
  if (/form-urlencoded|form-data/.test(contentType)) {
    const value = (await readForm(c.req.raw, server.maxBodyBytes)).get('q');
    return typeof value === 'string' ? value : '';
  }
  const body = await readBody(c.req.raw, server.maxBodyBytes);
  return body.toString('utf8');
}

function send({ bytes, contentType }: Answer): Response {
  return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': contentType } });
}
