import { join } from 'node:path';
import type { TinybirdClient } from '../store/client.js';
import type { AllowedPages } from '../base/loopback/guard.js';
import { serveHttp } from '../base/loopback/http.js';
import { PortError } from '../base/loopback/listener.js';
import { createApi } from './app.js';
import { LiveFeed } from './live.js';
import { isPage, servePage } from './page.js';
import { services } from './services.js';

export interface ApiOptions {
  client: TinybirdClient;
  /** Grows with every write to the store. */
  writes: () => number;
  /** Port of the API; 0 chooses a free one. */
  apiPort: number;
  /** Port of the page, which has the API beside it; 0 chooses a free one. */
  dashboardPort: number;
  /** Where the build put the page, `dashboard/`, and the description of the API, `openapi.json`. */
  folder: string;
  log?: (line: string) => void;
}

export interface Api {
  /** Null where the port was taken. */
  apiPort: number | null;
  dashboardPort: number | null;
  /** Why one of them does not listen. */
  problems: string[];
  /** Ends the streams, finishes what is being answered, then lets go of the ports. */
  close(): Promise<void>;
}

/**
 * Starts to listen, on 127.0.0.1 only. A port that is taken is a problem that is told, and no reason to stop what
 * records.
 */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { client, folder, log = () => undefined } = options;
  const openApiFile = join(folder, 'openapi.json');
  const feed = new LiveFeed(options.writes);
  const serve = (service: string, port: number, who: string, page?: string) => {
    const pages: AllowedPages = { port: undefined, origins: [] };
    const app = createApi({
      client,
      feed,
      openApiFile,
      service,
      pages,
      log,
      ...(page === undefined ? {} : { isPage }),
    });
    if (page !== undefined) servePage(app, page);
    return serveHttp({ fetch: app.fetch, port, who, pages });
  };
  const started = await Promise.allSettled([
    serve(services.api, options.apiPort, 'The API'),
    serve(services.dashboard, options.dashboardPort, 'The dashboard', join(folder, 'dashboard')),
  ]);
  const [api, dashboard] = started.map((one) => (one.status === 'fulfilled' ? one.value : null));
  const close = async () => {
    feed.close();
    await Promise.all([api?.close(), dashboard?.close()]);
  };
  const reasons = started.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  const unexpected = reasons.find((reason) => !(reason instanceof PortError));
  if (unexpected !== undefined) {
    await close();
    throw unexpected;
  }
  return {
    apiPort: api?.port ?? null,
    dashboardPort: dashboard?.port ?? null,
    problems: reasons.map((reason) => reason.message),
    close,
  };
}
