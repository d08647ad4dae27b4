/** Routes for workspaces, branches and jobs. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import type { Tenant } from '../workspaces.js';
import { copyLastPartitions } from '../workspace/branch-data.js';
import { readForm } from './form.js';
import { requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';

/**
 * Workspaces. The official CLI creates one for each branch in Git when it builds with `--local`, and an application in
 * dev mode asks for a branch of the same name: both are one object, so that they see the same data.
 */
export function workspaceRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const { workspaces } = server;
  const { main } = workspaces;
  app.get('/tokens', (c) =>
    c.json({
      user_token: main.tokens.user,
      admin_token: main.tokens.admin,
      workspace_admin_token: main.tokens.workspace,
    }),
  );
  app.get('/v1/user/workspaces', (c) => {
    requireAdmin(c);
    return c.json({ workspaces: workspaces.list().map(present) });
  });
  for (const path of ['/v0/workspace', '/v1/workspace']) {
    app.get(path, (c) => {
      requireAdmin(c);
      const { id, name } = server.workspace;
      return c.json({
        id,
        name,
        user_id: 'local',
        user_email: 'local@localhost',
        scope: 'admin',
        main: null,
      });
    });
  }
  app.get('/v0/regions', (c) => {
    const { origin } = new URL(c.req.url);
    return c.json({ regions: [{ name: 'local', provider: 'local', api_host: origin, host: origin }] });
  });
  app.post('/v1/workspaces', async (c) => {
    requireAdmin(c);
    const name = (await readForm(c.req.raw, server.maxBodyBytes)).get('name');
    if (typeof name !== 'string' || name === '') throw new ApiError(400, 'The field "name" is missing');
    checkName(name);
    return c.json(present(await workspaces.create(name)));
  });
  app.get('/v1/workspaces/:id', (c) => {
    requireAdmin(c);
    return c.json(present(find(server, 'Workspace', c.req.param('id'))));
  });
  app.delete('/v1/workspaces/:id', async (c) => {
    requireAdmin(c);
    await workspaces.remove(find(server, 'Workspace', c.req.param('id')));
    return c.json({});
  });
  branchRoutes(app, server);
  jobRoutes(app, server);
}

function branchRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const { workspaces } = server;
  app.get('/v1/environments', (c) => {
    requireAdmin(c);
    const branches = workspaces.list().filter((one) => one !== workspaces.main);
    return c.json({
      environments: branches.map(({ workspace: { id, name }, createdAt }) => ({
        id,
        name,
        created_at: createdAt,
      })),
    });
  });
  app.post('/v1/environments', (c) => createBranch(c, server));
  app.get('/v0/environments/:name', (c) => {
    requireAdmin(c);
    const found = find(server, 'Branch', c.req.param('name'));
    return c.json({ ...present(found), created_at: found.createdAt });
  });
  app.delete('/v0/environments/:id', async (c) => {
    requireAdmin(c);
    await workspaces.remove(find(server, 'Branch', c.req.param('id')));
    return c.json({});
  });
}

function jobRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const { jobs } = server.workspace;
  app.get('/v0/jobs', (c) => {
    requireAdmin(c);
    return c.json({ jobs: jobs.list() });
  });
  app.get('/v0/jobs/:id', (c) => {
    requireAdmin(c);
    return c.json(jobs.find(c.req.param('id')));
  });
}

/** A branch begins empty, or with the datafiles and the newest partitions of the workspace that asks for it. */
async function createBranch(c: AppContext, server: ServerContext): Promise<Response> {
  requireAdmin(c);
  const name = c.req.query('name') ?? '';
  if (name === '') throw new ApiError(400, 'The parameter "name" is missing');
  checkName(name);
  const data = c.req.query('data');
  if (data !== undefined && data !== '' && data !== 'last_partition') {
    throw new ApiError(
      501,
      `data=${data} is not supported by the local server: a branch begins empty, or with data=last_partition`,
    );
  }
  if (server.workspaces.find(name)) throw new ApiError(409, `Branch ${name} already exists`);
  const job = await server.workspace.jobs.run('create_branch', {}, async () => {
    const made = await server.workspaces.create(name);
    try {
      if (data === 'last_partition') await copyLastPartitions(server.workspace, made.workspace);
    } catch (error) {
      await server.workspaces.remove(made);
      throw error;
    }
    return { branch: { id: made.workspace.id, name } };
  });
  return c.json({ job });
}

function present({ workspace: { id, name }, tokens }: Tenant) {
  return { id, name, token: tokens.workspace };
}

function find(server: ServerContext, what: string, key: string): Tenant {
  const found = server.workspaces.find(key);
  if (!found) throw new ApiError(404, `${what} ${key} does not exist`);
  return found;
}

function checkName(name: string): void {
  if (!/^[\w .-]{1,100}$/.test(name)) {
    throw new ApiError(400, `"${name}" is not a name: at most 100 letters, digits, spaces, _, . and -`);
  }
}
