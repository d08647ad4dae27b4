/** The two listeners of the API: the REST API alone, and the page with the same API. */
import { join } from 'node:path';
import type { TinybirdClient } from '../store/client-types.js';
import type { AllowedPages } from '../base/loopback/guard.js';
import { serveHttp } from '../base/loopback/http.js';
import { PortError } from '../base/loopback/listener.js';
import { createApi } from './app.js';
import { LiveFeed, type Writes } from './live.js';
import type { Ingestion } from './metrics/figures.js';
import { isPage, servePage } from './page.js';
import { services, type Service } from '../base/loopback/services.js';
import { RuleBook, type SaveRule } from './rule-book.js';

export interface ApiOptions {
  /** Makes a client whose calls end with the signal. */
  clientFor: (signal: AbortSignal) => TinybirdClient;
  /** Reads the store's count of writes to each table. */
  writes: () => Writes;
  /** Whether they count every write: only then an answer is known to be current. */
  countsAllWrites: boolean;
  /** Port of the API; 0 chooses a free one. */
  apiPort: number;
  /** Port of the page, which serves the API too; 0 chooses a free one. */
  dashboardPort: number;
  /** The build's output folder, with the page in `dashboard/` and the API description `openapi.json`. */
  folder: string;
  log?: (line: string) => void;
  /** Saves a rule of alerts, or removes it. */
  saveRule: SaveRule;
  /** What each name of a metric begins with. */
  metricsPrefix: string;
  /** Reads what waits on this machine, for `/metrics`. */
  ingestion?: () => Promise<Ingestion>;
}

export interface Api {
  /** Null if the port was in use. */
  apiPort: number | null;
  dashboardPort: number | null;
  /** Why a listener could not be started. */
  problems: string[];
  /** Ends the streams, finishes the current answers, then releases the ports. */
  close(): Promise<void>;
}

/** Starts listening, on 127.0.0.1 only. A port in use is reported as a problem and does not stop the recording. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { clientFor, writes, countsAllWrites, folder, log = () => undefined } = options;
  const openApiFile = join(folder, 'openapi.json');
  const feed = new LiveFeed(writes);
  const rules = new RuleBook(options.saveRule);
  const serve = (service: Service, port: number, who: string, page?: string) => {
    const pages: AllowedPages = { port: undefined, origins: [] };
    const app = createApi({
      clientFor,
      feed,
      writes,
      countsAllWrites,
      openApiFile,
      service,
      pages,
      log,
      rules,
      ingestion: options.ingestion,
      metricsPrefix: options.metricsPrefix,
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
