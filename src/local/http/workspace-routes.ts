/** Routes for workspaces, branches and jobs. */
import { createHash } from 'node:crypto';
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { readForm } from './form.js';
import { requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';

/**
 * Workspaces and branches. There is only one workspace: every name that the CLI creates is an alias of it, so a build
 * on a feature branch and the application see the same data.
 */
export function workspaceRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const names = new Map<string, string>([[server.workspace.name, server.workspace.id]]);
  const add = (name: string) => {
    const id = names.get(name) ?? idOf(name);
    names.set(name, id);
    return { id, name, token: server.tokens.workspace };
  };
  const list = () => [...names].map(([name, id]) => ({ id, name, token: server.tokens.workspace }));
  const find = (key: string) => list().find(({ id, name }) => id === key || name === key);

  app.get('/tokens', (c) =>
    c.json({
      user_token: server.tokens.user,
      admin_token: server.tokens.admin,
      workspace_admin_token: server.tokens.workspace,
    }),
  );
  app.get('/v1/user/workspaces', (c) => {
    requireAdmin(c);
    return c.json({ workspaces: list() });
  });
  app.get('/v1/workspace', (c) => {
    requireAdmin(c);
    const { id, name } = server.workspace;
    return c.json({ id, name, user_id: 'local', user_email: 'local@localhost', scope: 'admin', main: null });
  });
  app.post('/v1/workspaces', async (c) => {
    requireAdmin(c);
    const name = await formField(c, server, 'name');
    if (name === '') throw new ApiError(400, 'The field "name" is missing');
    return c.json(add(name));
  });
  app.get('/v1/workspaces/:id', (c) => {
    requireAdmin(c);
    const found = find(c.req.param('id'));
    if (!found) throw new ApiError(404, `Workspace ${c.req.param('id')} does not exist`);
    return c.json(found);
  });
  app.delete('/v1/workspaces/:id', (c) => {
    requireAdmin(c);
    forget(names, server, find(c.req.param('id')), `Workspace ${c.req.param('id')}`);
    return c.json({});
  });
  branchRoutes(app, server, { add, list, find, forget: (found, what) => forget(names, server, found, what) });
}

interface Named {
  id: string;
  name: string;
  token: string;
}

interface NameBook {
  add: (name: string) => Named;
  list: () => Named[];
  find: (key: string) => Named | undefined;
  forget: (found: Named | undefined, what: string) => void;
}

const createdAt = new Date(0).toISOString();

function branchRoutes(app: Hono<AppEnv>, server: ServerContext, book: NameBook): void {
  app.get('/v1/environments', (c) => {
    requireAdmin(c);
    const branches = book.list().filter(({ name }) => name !== server.workspace.name);
    return c.json({ environments: branches.map(({ id, name }) => ({ id, name, created_at: createdAt })) });
  });
  app.post('/v1/environments', async (c) => {
    requireAdmin(c);
    const name = c.req.query('name') ?? '';
    if (name === '') throw new ApiError(400, 'The parameter "name" is missing');
    if (book.find(name)) throw new ApiError(409, `Branch ${name} already exists`);
    const { id } = book.add(name);
    const job = await server.workspace.jobs.run('create_branch', { branch: { id, name } }, () =>
      Promise.resolve({}),
    );
    return c.json({ job });
  });
  app.get('/v0/environments/:name', (c) => {
    requireAdmin(c);
    const found = book.find(c.req.param('name'));
    if (!found) throw new ApiError(404, `Branch ${c.req.param('name')} does not exist`);
    return c.json({ ...found, created_at: createdAt });
  });
  app.delete('/v0/environments/:id', (c) => {
    requireAdmin(c);
    book.forget(book.find(c.req.param('id')), `Branch ${c.req.param('id')}`);
    return c.json({});
  });
  app.get('/v0/jobs', (c) => {
    requireAdmin(c);
    return c.json({ jobs: server.workspace.jobs.list() });
  });
  app.get('/v0/jobs/:id', (c) => {
    requireAdmin(c);
    return c.json(server.workspace.jobs.find(c.req.param('id')));
  });
}

function forget(
  names: Map<string, string>,
  server: ServerContext,
  found: Named | undefined,
  what: string,
): void {
  if (!found) throw new ApiError(404, `${what} does not exist`);
  if (found.name === server.workspace.name) {
    throw new ApiError(
      403,
      `${what} is the only workspace and holds the data: to clear it, stop the server and remove its data folder`,
    );
  }
  names.delete(found.name);
}

async function formField(c: AppContext, server: ServerContext, field: string): Promise<string> {
  const value = (await readForm(c.req.raw, server.maxBodyBytes)).get(field);
  return typeof value === 'string' ? value : '';
}

function idOf(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}
