/** The HTTP application of the collector. */
import { Hono } from 'hono';
import { refuseForeign, type AllowedPages } from '../../base/loopback/guard.js';
import type { ListenerHealth } from '../../base/loopback/health.js';
import type { Signal } from '../../signals/otel/export.js';
import type { Receiver } from '../receiver.js';
import { HttpError } from '../../base/loopback/http-error.js';
import { takeHook } from './hook.js';
import { takeExport } from './otlp.js';

export interface AppOptions {
  receiver: Receiver;
  /** The folder for hook payloads. */
  inbox: string;
  maxBodyBytes: number;
  /** Pages that may send: only those of the listener itself. */
  pages: AllowedPages;
  health: () => Promise<ListenerHealth>;
  /** Called after a hook payload was written to disk. */
  onPayload: () => void;
  /** Called after a hook payload could not be put on disk. */
  onLost: () => void;
  log: (line: string) => void;
}

const signals: readonly Signal[] = ['logs', 'metrics', 'traces'];

/** The HTTP side of the collector: OTLP, hook payloads and a health check. */
export function createApp(options: AppOptions): Hono {
  const { receiver, inbox, maxBodyBytes, pages, health, onPayload, onLost, log } = options;
  const app = new Hono();
  app.use(async (c, next) => {
    const refused = refuseForeign(c.req.raw, pages);
    if (refused !== undefined) throw new HttpError(403, refused);
    await next();
  });
  app.get('/health', async (c) => c.json(await health()));
  for (const signal of signals) {
    app.post(`/v1/${signal}`, (c) => takeExport(c.req.raw, signal, receiver, maxBodyBytes));
  }
  app.post('/v1/hooks', (c) => takeHook(c.req.raw, inbox, maxBodyBytes, onPayload, onLost));
  app.notFound((c) =>
    c.json({ message: `${c.req.method} ${c.req.path} is not served by the collector` }, 404),
  );
  app.onError((error, c) => {
    if (error instanceof HttpError) return c.json({ message: error.message }, error.status);
    log(`${c.req.method} ${c.req.path} failed: ${error.message}`);
    return c.json({ message: 'The collector failed; see its log' }, 500);
  });
  return app;
}
