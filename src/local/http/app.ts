/** The HTTP application: token check, routes and errors. */
import { Hono } from 'hono';
import { cors } from 'hono/cors';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ApiError, messageOf } from '../errors.js';
import { engineCode } from '../engine/engine-error.js';
import type { AppContext, AppEnv, ServerContext } from './context.js';
import { dataRoutes } from './data-routes.js';
import { copyRoutes } from './copy-routes.js';
import { deployRoutes } from './deploy-routes.js';
import { refuseForeign } from '../../base/loopback/guard.js';
import { HttpError } from '../../base/loopback/http-error.js';
import { importRoutes } from './import-routes.js';
import { RateLimits } from './rate-limits.js';
import { removalRoutes } from './removal-routes.js';
import { resourceRoutes } from './resource-routes.js';
import { tokenIn } from './token-in.js';
import { tokenRoutes } from './token-routes.js';
import { variableRoutes } from './variable-routes.js';
import { workspaceRoutes } from './workspace-routes.js';

/** Answered without a token: they show that the server runs, and hold no data. */
const open = new Set(['/health', '/tokens']);

/** Where Tinybird describes what a request may contain; part of an error's body, as on Cloud. */
const DOCUMENTATION = 'https://www.tinybird.co/docs/forward/api-reference';

/** When a client should retry if the server has too much to do. */
const RETRY_SECONDS = 5;

/** The whole HTTP API of one workspace. */
export function createApp(server: ServerContext): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    const refusal = refuseForeign(c.req.raw, server.pages);
    if (refusal !== undefined) throw new ApiError(403, refusal);
    await next();
  });
  if (server.pages.origins.length > 0) app.use(cors({ origin: [...server.pages.origins] }));
  const limits = new RateLimits();
  app.use(async (c, next) => {
    if (open.has(c.req.path)) return next();
    const token = tokenIn(c.req.raw);
    if (token === '') {
      throw new ApiError(401, 'No token: send "Authorization: Bearer TOKEN" or ?token=TOKEN');
    }
    const access = server.tokens.identify(token);
    if (!access) throw new ApiError(403, 'Invalid token');
    c.set('access', access);
    const rps = access.kind === 'jwt' ? access.jwt.limits?.rps : undefined;
    if (rps === undefined) return next();
    const { isAllowed, headers } = limits.take(token, rps, Date.now());
    if (isAllowed) await next();
    else c.res = c.json({ error: `Too many requests: the token may send ${rps} per second` }, 429);
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    return undefined;
  });
  app.get('/health', async (c) => {
    const { workspace } = server;
    return c.json({
      ...(await server.health()),
      // Users of one machine share its ports: a client finds out whose server answers. Windows has no user ids.
      user: process.getuid?.() ?? null,
      engine: `chdb ${workspace.engine.version}`,
      workspace: workspace.name,
      deployed: workspace.project.files.length > 0,
    });
  });
  dataRoutes(app, server);
  importRoutes(app, server);
  removalRoutes(app, server);
  deployRoutes(app, server);
  workspaceRoutes(app, server);
  resourceRoutes(app, server);
  tokenRoutes(app, server);
  copyRoutes(app, server);
  variableRoutes(app, server);
  app.notFound((c) =>
    c.json({ error: `${c.req.method} ${c.req.path} is not part of the local server` }, 404),
  );
  app.onError((error, c) => answerError(error, c, server));
  return app;
}

function answerError(error: unknown, c: AppContext, server: ServerContext): Response {
  if (error instanceof ApiError) {
    // The official client retries only if the answer says when.
    if (error.status === 429) c.header('retry-after', String(RETRY_SECONDS));
    // What a template says by custom_error() is left as it is.
    const body = error.body ?? errorBody(error.message);
    return c.json(body, error.status as ContentfulStatusCode);
  }
  if (error instanceof HttpError) return c.json(errorBody(error.message), error.status);
  const fields = { method: c.req.method, path: c.req.path, error: messageOf(error) };
  server.workspace.log('request failed', fields);
  // The engine could not write or read: the same request may succeed later.
  const status = engineCode(error) === undefined ? 500 : 503;
  return c.json({ error: `[Error] ${messageOf(error)}` }, status);
}

function errorBody(error: string): object {
  return { error, documentation: DOCUMENTATION };
}
