/** The HTTP application of the collector. */
import { Hono } from 'hono';
import type { Signal } from '../../signals/otel/export.js';
import type { Receiver } from '../receiver.js';
import { HttpError } from './error.js';
import { refusal } from './guard.js';
import { takeHook } from './hook.js';
import { takeExport } from './otlp.js';

export interface AppOptions {
  receiver: Receiver;
  /** The folder for hook payloads. */
  inbox: string;
  maxBodyBytes: number;
  /** Called after a hook payload was written to disk. */
  onPayload: () => void;
  log: (line: string) => void;
}

const signals: readonly Signal[] = ['logs', 'metrics', 'traces'];

/** The HTTP side of the collector: OTLP, hook payloads and a health check. */
export function createApp({ receiver, inbox, maxBodyBytes, onPayload, log }: AppOptions): Hono {
  const app = new Hono();
  app.use(async (c, next) => {
    const refused = refusal(c.req.raw.headers);
    if (refused !== undefined) throw new HttpError(403, refused);
    await next();
  });
  app.get('/health', (c) => c.json({ status: 'ok' }));
  for (const signal of signals) {
    app.post(`/v1/${signal}`, (c) => takeExport(c.req.raw, signal, receiver, maxBodyBytes));
  }
  app.post('/v1/hooks', (c) => takeHook(c.req.raw, inbox, maxBodyBytes, onPayload));
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
