/** The route that imports a file into a datasource. */
import type { Hono } from 'hono';
import { ApiError } from '../errors.js';
import { appendLines, appendParquet } from '../workspace/append.js';
import { readBody } from '../../base/loopback/body.js';
import { requireScope, type AppContext, type AppEnv, type ServerContext } from './context.js';
import { readParts } from './multipart.js';

/** `/v0/datasources?mode=append` imports a file. */
export function importRoutes(app: Hono<AppEnv>, server: ServerContext): void {
  app.post('/v0/datasources', (c) => postFile(c, server));
}

const unsupported = (what: string) => new ApiError(501, `${what} is not supported by the local server yet`);

async function postFile(c: AppContext, server: ServerContext): Promise<Response> {
  const mode = c.req.query('mode') ?? 'create';
  if (mode === 'create') {
    throw unsupported(
      'Creating a Data Source from a file (deploy its definition, then send with mode=append)',
    );
  }
  if (mode !== 'append') throw unsupported(`mode=${mode}`);
  const name = c.req.query('name') ?? '';
  if (name === '')
    throw new ApiError(400, 'The parameter "name" is missing: /v0/datasources?name=DATASOURCE');
  if (!server.workspace.project.datasources.has(name))
    throw new ApiError(404, `Data Source "${name}" does not exist`);
  requireScope(c, server, ['DATASOURCES:APPEND'], name);
  const append = appenders.get(c.req.query('format') ?? 'csv');
  if (append === undefined) {
    throw unsupported(
      `format=${c.req.query('format') ?? 'csv'} (send ${[...appenders.keys()].join(' or ')})`,
    );
  }
  const file = await sentFile(c, server);
  const { import_id, successful_rows, quarantined_rows } = await append(server.workspace, name, file);
  return c.json({
    import_id,
    datasource: { id: name, name },
    successful_rows,
    quarantined_rows,
    quarantine_rows: quarantined_rows,
    invalid_lines: 0,
    error: false,
  });
}

const appenders = new Map([
  ['parquet', appendParquet],
  ['ndjson', appendLines],
]);

/** The form's file, as the official SDK and `curl -F` send it, or the body itself. */
async function sentFile(c: AppContext, server: ServerContext): Promise<Buffer> {
  const contentType = c.req.header('content-type') ?? '';
  if (c.req.query('url') !== undefined || contentType.includes('application/x-www-form-urlencoded')) {
    throw unsupported('Importing a file by its URL');
  }
  const body = await readBody(c.req.raw, server.maxFileBytes);
  const parts = readParts(body, contentType);
  const file = parts === undefined ? body : parts.find(({ filename }) => filename !== undefined)?.content;
  if (file === undefined || file.length === 0) throw new ApiError(400, 'The request has no file');
  return file;
}
