/** The route that imports a file into a datasource. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { renewStoreId } from '../store-id.js';
import { appendFile, type AppendResult, type SentFile } from '../workspace/append.js';
import { createDatasource } from '../workspace/create.js';
import { replaceRows } from '../workspace/replace.js';
import { requireAdmin, requireScope, type AppContext, type AppEnv, type ServerContext } from './context.js';
import { readFile } from './sent-file.js';

/** `POST /v0/datasources?mode=append|replace|create` imports a file. */
export function importRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.post('/v0/datasources', async (c) => {
    const mode = c.req.query('mode') ?? 'create';
    const name = c.req.query('name') ?? '';
    if (name === '')
      throw new ApiError(400, 'The parameter "name" is missing: /v0/datasources?name=DATASOURCE');
    if (mode === 'create') return create(c, server, name);
    if (mode !== 'append' && mode !== 'replace') {
      throw new ApiError(400, `mode=${mode} is not one of append, replace, create`);
    }
    if (!server.workspace.project.datasources.has(name))
      throw new ApiError(404, `Data Source "${name}" does not exist`);
    return mode === 'append' ? append(c, server, name) : replace(c, server, name);
  });
}

async function append(c: AppContext, server: ServerContext, name: string): Promise<Response> {
  requireScope(c, server, ['DATASOURCES:APPEND'], name);
  const file = await requireFile(c, server);
  return c.json(present(name, await appended(server, name, file)));
}

async function replace(c: AppContext, server: ServerContext, name: string): Promise<Response> {
  requireAdmin(c);
  if (c.req.query('replace_condition') !== undefined) {
    throw new ApiError(
      501,
      'replace_condition is not supported by the local server: delete the rows by a condition, then append',
    );
  }
  const file = await requireFile(c, server);
  const { workspace } = server;
  const operation = { type: 'replace', datasource: name };
  const result = await workspace.activity.operation(
    operation,
    () => replaceRows(workspace, name, file),
    detailsOf,
  );
  await renewStoreId(server.workspace.folder);
  return c.json(present(name, result));
}

async function create(c: AppContext, server: ServerContext, name: string): Promise<Response> {
  requireAdmin(c);
  const { workspace } = server;
  const query = new Map(new URL(c.req.url).searchParams);
  const file = await readFile(c.req.raw, server.maxFileBytes);
  await workspace.activity.operation({ type: 'create', datasource: name }, () =>
    workspace.inTurn(() => createDatasource(workspace, name, query)),
  );
  if (file === undefined) return c.json({ datasource: { id: name, name }, error: false });
  return c.json(present(name, await appended(server, name, file)));
}

function appended({ workspace }: ServerContext, name: string, file: SentFile): Promise<AppendResult> {
  const operation = { type: 'append', datasource: name };
  return workspace.activity.operation(operation, () => appendFile(workspace, name, file), detailsOf);
}

function detailsOf({ import_id, successful_rows, quarantined_rows }: AppendResult) {
  return { importId: import_id, rows: successful_rows, quarantined: quarantined_rows };
}

async function requireFile(c: AppContext, server: ServerContext) {
  const file = await readFile(c.req.raw, server.maxFileBytes);
  if (file === undefined) throw new ApiError(400, 'The request has no file');
  return file;
}

function present(name: string, { import_id, successful_rows, quarantined_rows }: AppendResult) {
  return {
    import_id,
    datasource: { id: name, name },
    successful_rows,
    quarantined_rows,
    quarantine_rows: quarantined_rows,
    invalid_lines: 0,
    error: false,
  };
}
