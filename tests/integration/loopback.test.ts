import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi } from '../../src/api/index.js';
import { startLocalServer } from '../../src/local/index.js';
import { createTinybirdClient } from '../../src/store/client.js';
import { startTestCollector } from './helpers/collector.js';
import { temporaryFolder } from './local/server.js';

/** All HTTP listeners, each with a path that reads and one that writes or returns more. */
const listeners = [
  ['collector', '/health', 'POST', '/v1/hooks'],
  ['API', '/health', 'GET', '/openapi.json'],
  ['dashboard', '/health', 'GET', '/openapi.json'],
  ['store', '/health', 'GET', '/v0/sql?q=SELECT+1'],
] as const;

const ports = new Map<string, number>();
const stop: (() => PromiseLike<unknown>)[] = [];

beforeAll(async () => {
  const folder = await temporaryFolder();
  stop.push(() => folder[Symbol.asyncDispose]());
  const store = await startLocalServer({ dataDir: `${folder.path}/store`, port: 0 });
  const collector = await startTestCollector(folder.path);
  const api = await startApi({
    countsAllWrites: true,
    clientFor: () => createTinybirdClient({ baseUrl: store.url, token: store.adminToken }),
    writes: () => store.writes,
    apiPort: 0,
    dashboardPort: 0,
    folder: 'dist',
    metricsPrefix: 'agent_telemetry_',
    saveRule: () => Promise.resolve(),
  });
  stop.unshift(
    () => api.close(),
    () => collector.close(),
    () => store.close(),
  );
  ports.set('store', store.port).set('collector', collector.httpPort);
  ports.set('API', api.apiPort ?? 0).set('dashboard', api.dashboardPort ?? 0);
});
afterAll(async () => {
  for (const one of stop) await one();
});

/** PORT stands for the listener's own port. */
type Headers = Record<string, string>;

async function statusOf(port: number, method: string, path: string, headers: Headers): Promise<number> {
  const named = { ...headers };
  for (const [name, value] of Object.entries(headers)) named[name] = value.replace('PORT', String(port));
  const sent = request({
    host: '127.0.0.1',
    port,
    path,
    method,
    setHost: false,
    headers: {
      authorization: 'Bearer local',
      'content-type': 'application/json',
      ...named,
    },
  });
  sent.end(method === 'POST' ? '{}' : undefined);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.destroy();
  return response.statusCode ?? 0;
}

const own = { host: '127.0.0.1:PORT' };

const served: Headers[] = [
  own,
  { host: 'localhost:PORT' },
  { host: 'localhost' },
  { host: 'LOCALHOST:PORT' },
  { host: '[::1]:PORT' },
  { host: '[::1]' },
  // A tunnel (ssh -L) has a different port on the client's side.
  { host: 'localhost:9' },
  { ...own, 'sec-fetch-site': 'none' },
  { ...own, 'sec-fetch-site': 'same-origin' },
  { ...own, origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'same-origin' },
  { ...own, origin: 'http://localhost:PORT' },
  { ...own, origin: 'http://[::1]:PORT' },
];

const refused: Headers[] = [
  // DNS rebinding: a host name of the attacker resolves to 127.0.0.1.
  { host: 'evil.example' },
  { host: 'evil.example:PORT' },
  { host: '127.0.0.1.evil.example' },
  { host: '127.0.0.1.evil:PORT' },
  { host: 'localhost.evil.example:PORT' },
  { host: 'evil.localhost:PORT' },
  { host: 'notlocalhost:PORT' },
  { host: 'localhost.' },
  { host: 'localhost.:PORT' },
  { host: '127.0.0.1.:PORT' },
  { host: '127.0.0.2:PORT' },
  { host: '127.1:PORT' },
  { host: '0.0.0.0:PORT' },
  { host: '2130706433:PORT' },
  { host: '0x7f.0.0.1:PORT' },
  { host: '[::]:PORT' },
  { host: '[::ffff:127.0.0.1]:PORT' },
  { host: 'localhost:PORT@evil.example' },
  { host: 'localhost:PORT, evil.example' },
  { host: 'localhost:123456' },
  { host: '' },
  // A page of another origin, even on this machine.
  { ...own, origin: 'null' },
  { ...own, origin: '' },
  { ...own, origin: 'https://evil.example' },
  { ...own, origin: 'http://127.0.0.1.evil:PORT' },
  { ...own, origin: 'http://localhost.:PORT' },
  { ...own, origin: 'http://localhost' },
  { ...own, origin: 'http://localhost:9' },
  { ...own, origin: 'http://localhost:PORT0' },
  { ...own, origin: 'http://localhost:PORT/' },
  { ...own, origin: 'https://localhost:PORT' },
  { ...own, origin: 'http://127.0.0.1:3000', 'sec-fetch-site': 'same-site' },
  { ...own, origin: 'http://localhost:PORT', 'sec-fetch-site': 'cross-site' },
  { ...own, 'sec-fetch-site': 'same-site' },
  { ...own, 'sec-fetch-site': 'cross-site' },
  { ...own, 'sec-fetch-site': 'CROSS-SITE' },
  { ...own, 'sec-fetch-site': 'unheard-of' },
  { ...own, 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' },
];

describe.each(listeners)('the %s', (name, health, method, path) => {
  const ask = async (headers: Headers) => {
    const port = ports.get(name) ?? 0;
    return [await statusOf(port, 'GET', health, headers), await statusOf(port, method, path, headers)];
  };

  it.each(served)('the server answers a request with %j', async (headers) => {
    const data = path === '/v1/hooks' ? 202 : 200;
    expect(await ask(headers)).toEqual([200, data]);
  });

  it.each(refused)('the server refuses a request with %j', async (headers) => {
    // Node itself rejects some of these hosts before our code sees them.
    for (const status of await ask(headers)) expect([400, 403]).toContain(status);
  });

  it('the server refuses a request without a host', async () => {
    expect(await ask({})).toEqual([400, 400]);
  });
});
