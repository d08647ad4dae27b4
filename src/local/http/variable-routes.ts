/** Routes for the secrets and variables that templates read by tb_secret() and tb_var(). */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { requireAdmin, type AppEnv, type ServerContext } from './context.js';
import { readCall } from './parameters.js';

/** `/v0/variables`: values can be set, and are never answered. */
export function variableRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const { secrets, engine } = server.workspace;
  // A cached answer may depend on it.
  const changing = (work: () => Promise<unknown>) => engine.writes.counted([], work);
  const valueIn = async (request: Request) => {
    const { parameters } = await readCall(request, server.maxBodyBytes, false);
    const value = parameters.get('value');
    if (typeof value !== 'string') throw new ApiError(400, 'The field "value" is missing');
    return { name: parameters.get('name'), value };
  };
  app.get('/v0/variables', (c) => {
    requireAdmin(c);
    return c.json({ variables: [...secrets.values.keys()].map((name) => ({ name, type: 'secret' })) });
  });
  app.post('/v0/variables', async (c) => {
    requireAdmin(c);
    const { name, value } = await valueIn(c.req.raw);
    if (typeof name !== 'string') throw new ApiError(400, 'The field "name" is missing');
    if (secrets.values.has(name)) throw new ApiError(409, `Variable ${name} already exists: PUT changes it`);
    await changing(() => secrets.set(name, value));
    return c.json({ name, type: 'secret' });
  });
  app.put('/v0/variables/:name', async (c) => {
    requireAdmin(c);
    const name = c.req.param('name');
    if (!secrets.values.has(name)) throw new ApiError(404, `Variable ${name} does not exist`);
    const { value } = await valueIn(c.req.raw);
    await changing(() => secrets.set(name, value));
    return c.json({ name, type: 'secret' });
  });
  app.delete('/v0/variables/:name', async (c) => {
    requireAdmin(c);
    const name = c.req.param('name');
    if (!secrets.values.has(name)) throw new ApiError(404, `Variable ${name} does not exist`);
    await changing(() => secrets.remove(name));
    return c.json({ ok: true });
  });
}
