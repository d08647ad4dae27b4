/**
 * A strict stand-in for Tinybird Cloud: the embedded store behind an address of another machine, which takes only what
 * Cloud's documentation names. Works on Linux, where all of 127.0.0.0/8 is this machine.
 */
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What Tinybird Cloud documents, of what a product could need. */
const DOCUMENTED: [method: RegExp, path: RegExp][] = [
  [/^POST$/, /^\/v0\/events$/],
  [/^(?:GET|POST)$/, /^\/v0\/sql$/],
  [/^(?:GET|POST)$/, /^\/v0\/pipes\/\w+(?:\.(?:json|csv|ndjson|parquet|prometheus))?$/],
  [/^(?:GET|POST)$/, /^\/v0\/datasources$/],
  [/^GET$/, /^\/v0\/datasources\/\w+$/],
  [/^POST$/, /^\/v0\/datasources\/\w+\/(?:delete|truncate)$/],
  [/^GET$/, /^\/v0\/jobs\/[\w-]+$/],
  [/^GET$/, /^\/v[01]\/pipes$/],
  [/^GET$/, /^\/v1\/workspace$/],
  [/^POST$/, /^\/v1\/deploy$/],
  [/^GET$/, /^\/v1\/deployments(?:\/[\w-]+)?$/],
];

/** Headers of a request that Cloud heeds; the others do not arrive. */
const HEEDED = ['authorization', 'content-type', 'content-length', 'transfer-encoding', 'content-encoding'];
/** Headers of an answer that Cloud sends. */
const SENT = ['content-type', 'content-length', 'transfer-encoding', 'retry-after'];

/** Cloud's limit of one request to the Events API, bytes. */
const MAX_EVENTS_BYTES = 10 * 1024 * 1024;

export interface StrictCloudOptions {
  /** Tokens that the workspace knows; the store behind it decides what each may do. */
  tokens: readonly string[];
  /** Time before each answer, milliseconds. Default: 20. */
  latencyMs?: number;
  /** Every so many requests that write, one is refused with 429. Default: 8; 0 for never. */
  limitsEvery?: number;
}

export interface StrictCloud extends AsyncDisposable {
  url: string;
  /** The requests so far, as `METHOD /path STATUS`. */
  requests: string[];
  /** Requests for what Cloud does not have, as `METHOD /path`: they got 404. */
  undocumented: string[];
}

/** Serves a store as Tinybird Cloud would. */
export async function startStrictCloud(store: string, options: StrictCloudOptions): Promise<StrictCloud> {
  const { tokens, latencyMs = 20, limitsEvery = 8 } = options;
  const to = new URL(store);
  let writes = 0;

  /** Why a request is refused: the status, and what Cloud says. */
  function refusal(method: string, url: URL, incoming: IncomingMessage): [number, string] | undefined {
    const { authorization = '' } = incoming.headers;
    const token = authorization.replace(/^Bearer /, '') || (url.searchParams.get('token') ?? '');
    if (!DOCUMENTED.some(([methods, paths]) => methods.test(method) && paths.test(url.pathname))) {
      cloud.undocumented.push(`${method} ${url.pathname}`);
      return [404, 'Not found'];
    }
    if (token === '') return [401, 'Not authenticated'];
    if (!tokens.includes(token)) return [403, 'invalid authentication token'];
    const writesRows = method === 'POST' && /^\/v0\/(?:events|datasources)$/.test(url.pathname);
    if (writesRows) {
      writes += 1;
      if (limitsEvery > 0 && writes % limitsEvery === 1)
        return [429, 'Too many requests: retry after 1 seconds'];
      const length = Number(incoming.headers['content-length'] ?? '0');
      if (url.pathname === '/v0/events' && length > MAX_EVENTS_BYTES)
        return [413, 'The payload is too large'];
    }
    return undefined;
  }

  async function take(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = '' } = incoming;
    const url = new URL(incoming.url ?? '/', store);
    const refused = refusal(method, url, incoming);
    await sleep(latencyMs);
    if (refused !== undefined) {
      const [status, error] = refused;
      cloud.requests.push(`${method} ${url.pathname} ${status}`);
      incoming.resume();
      outgoing.writeHead(status, {
        'content-type': 'application/json; charset=utf-8',
        ...(status === 429 ? { 'retry-after': '1' } : {}),
      });
      outgoing.end(JSON.stringify({ error, documentation: 'https://docs.tinybird.co' }));
      return;
    }
    const passed = request({
      host: '127.0.0.1',
      port: to.port,
      path: url.pathname + url.search,
      method,
      headers: { ...picked(incoming, HEEDED), host: to.host },
    });
    // A query of a client that has gone ends.
    outgoing.once('close', () => passed.destroy());
    incoming.pipe(passed);
    const [answer] = (await once(passed, 'response')) as [IncomingMessage];
    cloud.requests.push(`${method} ${url.pathname} ${answer.statusCode ?? 502}`);
    outgoing.writeHead(answer.statusCode ?? 502, picked(answer, SENT));
    answer.pipe(outgoing);
  }

  const server = createServer((incoming, outgoing) => {
    take(incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  const cloud: StrictCloud = {
    url: `http://127.0.0.2:${(server.address() as AddressInfo).port}`,
    requests: [],
    undocumented: [],
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return cloud;
}

function picked({ headers }: IncomingMessage, names: readonly string[]): Record<string, string | string[]> {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}
