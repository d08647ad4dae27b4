/** Routes that remove rows, or a whole datasource, and the one that compacts it. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { renewStoreId } from '../store-id.js';
import { removeDatasource } from '../workspace/create.js';
import { countRows, deleteRows } from '../workspace/delete.js';
import { exchangeDatasources } from '../workspace/exchange.js';
import { isIngestible, quarantineName } from '../workspace/project.js';
import { findDatasource, requireAdmin, type AppContext, type AppEnv, type ServerContext } from './context.js';
import { readCall } from './parameters.js';

export function removalRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  const { workspace } = server;
  app.post('/v0/datasources/:name/truncate', async (c) => {
    requireAdmin(c);
    const table = truncatedTable(server, c.req.param('name'));
    if (table === undefined) return c.json({});
    await workspace.activity.operation({ type: 'truncate', datasource: table }, () =>
      workspace.alone(() => workspace.engine.execute(`TRUNCATE TABLE ${workspace.tableOf(table)}`, [table])),
    );
    // Nobody sends the rows of a quarantine again.
    if (server.workspace.project.datasources.has(table)) await renewStoreId(workspace.folder);
    return c.json({});
  });
  app.post('/v0/datasources/exchange', async (c) => {
    requireAdmin(c);
    const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
    const [a, b] = ['datasource_a', 'datasource_b'].map((key) => {
      const name = parameters.get(key);
      if (typeof name !== 'string' || name === '')
        throw new ApiError(400, `The parameter "${key}" is missing`);
      return name;
    });
    await exchangeDatasources(workspace, a ?? '', b ?? '');
    await renewStoreId(workspace.folder);
    return c.json({});
  });
  // Tinybird Cloud has no such route: it merges by itself.
  app.post('/v0/datasources/:name/compact', async (c) => {
    requireAdmin(c);
    const { name, engine } = findDatasource(server, c.req.param('name'));
    if (engine.name !== 'Null' && engine.name !== 'Join')
      await workspace.engine.execute(`OPTIMIZE TABLE ${workspace.tableOf(name)} FINAL`, [name]);
    return c.json({});
  });
  app.post('/v0/datasources/:name/delete', (c) => deleteByCondition(c, server, c.req.param('name')));
  app.delete('/v0/datasources/:name', async (c) => {
    requireAdmin(c);
    const { name } = findDatasource(server, c.req.param('name'));
    await workspace.activity.operation({ type: 'delete', datasource: name }, () =>
      workspace.inTurn(() => removeDatasource(workspace, name)),
    );
    await renewStoreId(workspace.folder);
    return c.body(null, 204);
  });
}

/**
 * The table that a truncation empties: a datasource, or the quarantine of one. Undefined for a datasource that stores no
 * rows.
 */
function truncatedTable(server: ServerContext, name: string): string | undefined {
  const { datasources } = server.workspace.project;
  const ofQuarantine = [...datasources.values()].find(
    (one) => isIngestible(one) && quarantineName(one.name) === name,
  );
  if (ofQuarantine !== undefined && !datasources.has(name)) return name;
  return findDatasource(server, name).engine.name === 'Null' ? undefined : name;
}

/** Deletes before it answers: the job that the answer names has ended. */
async function deleteByCondition(c: AppContext, server: ServerContext, of: string): Promise<Response> {
  requireAdmin(c);
  const { workspace } = server;
  const { name, engine } = findDatasource(server, of);
  if (engine.name === 'Null') throw new ApiError(400, `Data Source "${name}" stores no rows (ENGINE Null)`);
  const { parameters } = await readCall(c.req.raw, server.maxBodyBytes, false);
  const given = parameters.get('delete_condition');
  if (typeof given !== 'string' || given.trim() === '') {
    throw new ApiError(400, 'The parameter "delete_condition" is missing: it says which rows are deleted');
  }
  if (parameters.get('dry_run') === 'true') {
    return c.json({ rows_to_be_deleted: await countRows(workspace, name, given) });
  }
  const details = { datasource: { id: name, name }, delete_condition: given };
  const job = await workspace.activity.operation(
    { type: 'delete_data', datasource: name },
    () =>
      workspace.jobs.run('delete_data', details, async () => {
        const rows = await deleteRows(workspace, name, given);
        if (rows > 0) await renewStoreId(workspace.folder);
        return { rows_affected: rows };
      }),
    ({ id, rows_affected: rows }) => ({ jobId: id, rows: typeof rows === 'number' ? rows : undefined }),
  );
  const job_url = new URL(`/v0/jobs/${job.id}`, c.req.url).href;
  return c.json({ ...job, delete_id: job.id, job_url, job: { ...job, job_url } });
}
