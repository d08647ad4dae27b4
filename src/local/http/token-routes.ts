/** Routes that list the tokens and make JWTs. */
import type { Hono } from 'hono';
import * as z from 'zod/mini';
import { parseObject } from '../../base/json/json.js';
import { readBody } from '../../base/loopback/body.js';
import { ApiError, messageOf } from '../errors.js';
import { jwtRequest } from '../jwt.js';
import { checkCondition } from '../workspace/condition.js';
import { requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';

export function tokenRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.get('/v0/tokens', (c) => {
    requireAdmin(c);
    return c.json({ tokens: server.tokens.list(server.workspace.project) });
  });
  for (const path of ['/v0/tokens', '/v0/tokens/']) app.post(path, (c) => createJwt(c, server));
}

async function createJwt(c: AppContext, server: ServerContext): Promise<Response> {
  requireAdmin(c);
  const expiry = c.req.query('expiration_time');
  if (expiry === undefined) {
    throw new ApiError(
      400,
      'The parameter "expiration_time" is missing: a JWT needs it. Tokens without an expiry are the TOKEN lines of datafiles',
    );
  }
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
