/** The HTTP application of the API. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Hono } from 'hono';
import { compress } from 'hono/compress';
import type { TinybirdClient } from '../store/client-types.js';
import { refuseForeign, type AllowedPages } from '../base/loopback/guard.js';
import { listenerHealth } from '../base/loopback/health.js';
import type { Service } from '../base/loopback/services.js';
import { StoreError } from '../store/store-error.js';
import { serveRules } from './alert-rules.js';
import { ApiError, MethodError, storeFailure } from './error.js';
import { streamLive, type LiveFeed, type Writes } from './live.js';
import type { Ingestion } from './metrics/figures.js';
import { MetricsPage } from './metrics/page.js';
import { readQuery } from './parameters.js';
import type { Route } from './route.js';
import * as routes from './routes/index.js';
import type { RuleBook } from './rule-book.js';
import { isKnown, isSettled, tablesRead, tagOf } from './settled.js';

export interface ApiContext {
  /** Makes a client whose calls end with the signal. */
  clientFor: (signal: AbortSignal) => TinybirdClient;
  feed: LiveFeed;
  writes: () => Writes;
  /** Whether they count every write: only then an answer is known to be current. */
  countsAllWrites: boolean;
  /** The OpenAPI description that the build wrote. */
  openApiFile: string;
  /** The name of this listener in `/health`. */
  service: Service;
  /** The pages that may send requests: the listener's own. */
  pages: AllowedPages;
  /** Whether a path is a page without data, which links from anywhere may open. Default: none is. */
  isPage?: (path: string) => boolean;
  log: (line: string) => void;
  /** What each name of a metric begins with. */
  metricsPrefix: string;
  /** Saves the rules of alerts. */
  rules: RuleBook;
  /** Reads what waits on this machine. */
  ingestion?: (() => Promise<Ingestion>) | undefined;
}

/** All routes that are answered from pipes. */
const all: readonly Route[] = Object.values(routes);

/** REST and server-sent events over the pipes. Every figure comes from a pipe and is passed on unchanged. */
export function createApi(context: ApiContext): Hono {
  const { clientFor, feed, writes, countsAllWrites, openApiFile, service, pages, isPage, log, rules } =
    context;
  const app = new Hono();
  let answering = 0;
  const health = listenerHealth(service, () => answering);
  const start = randomUUID();
  const reads = Object.fromEntries(all.map((route) => [route.path, tablesRead(route, writes().keys())]));
  // Also for what the next handlers refuse.
  app.use(async (c, next) => {
    await next();
    if (!c.res.headers.has('cache-control')) c.header('cache-control', 'no-store');
    c.header('x-content-type-options', 'nosniff');
    // An answer without content (HEAD, 304) has the headers of the one with content (RFC 9110, §15.4.5).
    if (!/accept-encoding/i.test(c.res.headers.get('vary') ?? ''))
      c.header('vary', 'Accept-Encoding', { append: true });
  });
  app.use(async (c, next) => {
    const refused = refuseForeign(c.req.raw, pages, isPage?.(c.req.path));
    if (refused !== undefined) throw new ApiError(403, 'forbidden', refused);
    await next();
  });
  app.use(compress());
  app.get('/health', async (c) => c.json(await health()));
  app.get('/openapi.json', async (c) =>
    c.body(await readFile(openApiFile), 200, { 'content-type': 'application/json' }),
  );
  app.get('/docs', async (c) => {
    const { docsHeaders, docsPage } = await import('./docs-page.js');
    return c.body(docsPage(await readFile(openApiFile, 'utf8')), 200, docsHeaders);
  });
  app.get('/v1/live', (c) => streamLive(c, feed, reads));
  const metrics = new MetricsPage(context.metricsPrefix, () =>
    [...writes().values()].reduce((sum, count) => sum + count, 0),
  );
  const ccdashPath = '/api/analytics/export/prometheus';
  const metricsPaths = ['/metrics', ccdashPath];
  app.on('GET', metricsPaths, async (c) => {
    // Others may wait for the same answer, so it does not end with this request.
    const { type, text, ofCcdash } = await metrics.whole(
      clientFor(new AbortController().signal),
      context.ingestion,
    );
    return c.body(c.req.path === ccdashPath ? `${text}${ofCcdash}` : text, 200, { 'content-type': type });
  });
  for (const route of all) {
    app.on('GET', [route.path, ...(route.aliases ?? [])], async (c) => {
      const given = readQuery(route.parameters, new URL(c.req.url).searchParams);
      const now = Date.now();
      // Counted before the answer is read: a row that arrives meanwhile makes the tag an old one.
      const tag =
        countsAllWrites && isSettled(route, given.to, now)
          ? tagOf(start, reads[route.path] ?? [], writes())
          : undefined;
      const headers = tag === undefined ? {} : { etag: tag, 'cache-control': 'private, no-cache' };
      if (tag !== undefined && isKnown(tag, c.req.header('if-none-match'))) return c.body(null, 304, headers);
      const client = clientFor(c.req.raw.signal);
      answering += 1;
      try {
        const answer = await route.ask({ client, given, id: c.req.param('id') ?? '', now });
        return c.json(answer, 200, headers);
      } finally {
        answering -= 1;
      }
    });
  }
  serveRules(app, clientFor, rules);
  for (const path of [
    '/health',
    '/openapi.json',
    '/docs',
    '/v1/live',
    ...metricsPaths,
    ...all.flatMap(({ path, aliases = [] }) => [path, ...aliases]),
  ])
    app.all(path, (c) => {
      throw new MethodError(c.req.method, c.req.path);
    });
  app.notFound((c) => {
    throw new ApiError(404, 'not_found', `${c.req.method} ${c.req.path} is not served: see /openapi.json`);
  });
  app.onError((error, c) => {
    const known = error instanceof StoreError ? storeFailure(error) : error;
    if (known instanceof ApiError)
      return c.json(
        { error: { kind: known.kind, message: known.message } },
        known.status,
        known instanceof MethodError ? { allow: known.allowed.join(', ') } : {},
      );
    log(`${c.req.method} ${c.req.path} failed: ${error.message}`);
    return c.json({ error: { kind: 'internal', message: 'The API failed; see atel.log' } }, 500);
  });
  return app;
}
