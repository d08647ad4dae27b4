/** Routes that list the tokens and make JWTs. */
import type { Hono } from 'hono';
import * as z from 'zod/mini';
import { parseObject } from '../../base/json/json.js';
import { readBody } from '../../base/loopback/body.js';
import { ApiError, messageOf } from '../errors.js';
import { jwtRequest } from '../jwt.js';
import { readCall } from './parameters.js';
import { checkCondition } from '../workspace/condition.js';
import type { TokenScope } from '../tokens.js';
import { requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';

export function tokenRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.get('/v0/tokens', (c) => {
    requireAdmin(c);
    return c.json({ tokens: server.tokens.list(server.workspace.project) });
  });
  // With an expiry it is a JWT, without one a token that is kept.
  const create = (c: AppContext) =>
    c.req.query('expiration_time') === undefined ? createToken(c, server) : createJwt(c, server);
  for (const path of ['/v0/tokens', '/v0/tokens/']) app.post(path, create);
  app.get('/v0/tokens/:key', (c) => {
    requireAdmin(c);
    const key = c.req.param('key');
    const known = server.tokens
      .list(server.workspace.project)
      .find(({ name, token }) => name === key || token === key);
    if (!known) throw new ApiError(404, `The token "${key}" does not exist`);
    return c.json(known);
  });
  app.put('/v0/tokens/:key', async (c) => {
    const known = findCreated(c, server, c.req.param('key'));
    const { scopes, description } = await readToken(c, server);
    const changed = {
      ...known,
      scopes: scopes ?? known.scopes,
      description: description ?? known.description,
    };
    await server.tokens.change(known, changed);
    return c.json(present(changed));
  });
  app.post('/v0/tokens/:key/refresh', async (c) => {
    const known = findCreated(c, server, c.req.param('key'));
    const renewed = server.tokens.renewed(known);
    await server.tokens.change(known, renewed);
    return c.json(present(renewed));
  });
  app.delete('/v0/tokens/:key', async (c) => {
    await server.tokens.change(findCreated(c, server, c.req.param('key')), undefined);
    return c.json({ ok: true });
  });
}

async function createToken(c: AppContext, server: ServerContext): Promise<Response> {
  requireAdmin(c);
  const { name, scopes, description = '' } = await readToken(c, server);
  if (name === undefined || !/^\w[\w .-]*$/.test(name)) {
    throw new ApiError(
      400,
      'The parameter "name" is missing, or has other characters than letters, digits, _, . and -',
    );
  }
  if (scopes === undefined)
    throw new ApiError(
      400,
      `The parameter "scope" is missing: ${scopeForms}. For a JWT, "expiration_time" is missing`,
    );
  return c.json(present(await server.tokens.create({ name, scopes, description }, server.workspace.project)));
}

/** Only tokens that were made over HTTP change over HTTP: the others are those of the datafiles. */
function findCreated(c: AppContext, server: ServerContext, key: string) {
  requireAdmin(c);
  const known = server.tokens.find(key);
  if (known) return known;
  const isOther = server.tokens
    .list(server.workspace.project)
    .some(({ name, token }) => name === key || token === key);
  if (!isOther) throw new ApiError(404, `The token "${key}" does not exist`);
  throw new ApiError(
    403,
    `The token "${key}" is not one that was made here: change the TOKEN lines of the datafiles`,
  );
}

const present = (token: { name: string; token: string; scopes: TokenScope[]; description: string }) => ({
  id: token.name,
  ...token,
});

const scopeForms = 'send scope=PIPES:READ:NAME, DATASOURCES:READ:NAME, DATASOURCES:APPEND:NAME or ADMIN';

async function readToken(c: AppContext, server: ServerContext) {
  const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
  const one = (key: string) => [parameters.get(key) ?? []].flat().at(-1);
  const scopes = [parameters.get('scope') ?? []].flat().map((text) => scopeOf(server, text));
  return {
    name: one('name'),
    description: one('description'),
    scopes: scopes.length === 0 ? undefined : scopes,
  };
}

function scopeOf(server: ServerContext, text: string): TokenScope {
  if (text === 'ADMIN') return { type: 'ADMIN' };
  const [, kind, resource = '', filter] = /^([A-Z]+:[A-Z]+):([^:]+)(?::(.*))?$/s.exec(text) ?? [];
  const type = (['PIPES:READ', 'DATASOURCES:READ', 'DATASOURCES:APPEND'] as const).find(
    (name) => name === kind,
  );
  if (type === undefined) throw new ApiError(400, `The scope "${text}" is not known: ${scopeForms}`);
  if (filter !== undefined && filter.trim() !== '') {
    throw new ApiError(400, `The scope "${text}" has a filter: a kept token cannot have one. Make a JWT`);
  }
  const { pipes, datasources } = server.workspace.project;
  if (!(type === 'PIPES:READ' ? pipes : datasources).has(resource)) {
    throw new ApiError(404, `The scope "${text}" is of a resource that does not exist`);
  }
  return { type, resource };
}

async function createJwt(c: AppContext, server: ServerContext): Promise<Response> {
  requireAdmin(c);
  const expiry = c.req.query('expiration_time') ?? '';
  const exp = Number(expiry);
  if (!/^\d+$/.test(expiry) || exp <= Date.now() / 1000) {
    throw new ApiError(
      400,
      `"expiration_time" is a time in the future, in seconds since 1970, not "${expiry}"`,
    );
  }
  const body = parseObject((await readBody(c.req.raw, server.maxBodyBytes)).toString('utf8'));
  if (body === undefined) throw new ApiError(400, 'The body is not a JSON object with "name" and "scopes"');
  const asked = jwtRequest.safeParse(body);
  if (!asked.success) throw new ApiError(400, `The JWT cannot be made: ${z.prettifyError(asked.error)}`);
  for (const { filter, resource } of asked.data.scopes) {
    if (filter !== undefined && filter.trim() !== '') checkFilter(filter, resource);
  }
  return c.json({ token: server.tokens.sign({ ...asked.data, exp }) });
}

function checkFilter(filter: string, resource: string): void {
  try {
    checkCondition(filter);
  } catch (error) {
    throw new ApiError(400, `The filter of the scope on "${resource}" is wrong: ${messageOf(error)}`);
  }
}
