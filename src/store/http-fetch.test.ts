import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTinybirdClient } from './client.js';
import { httpFetch } from './http-fetch.js';

let server: Server;
let base: string;
let listener: RequestListener;
beforeEach(async () => {
  server = createServer((request, response) => listener(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Gives every request the same answer. Returns the requests. */
function answer(
  status: number,
  body: string,
  headers: Record<string, string | string[]> = {},
): IncomingMessage[] {
  const seen: IncomingMessage[] = [];
  listener = (request, response) => {
    seen.push(request);
    response.writeHead(status, headers).end(body);
  };
  return seen;
}

describe('httpFetch', () => {
  it('httpFetch gets an address with its query', async () => {
    const seen = answer(200, '{"a":1}');
    const response = await httpFetch(`${base}/v0/pipes/x.json?project=a%20b&days=7`);
    expect(response.ok).toBe(true);
    expect(response.status).toBe(200);
    await expect(response.json()).resolves.toEqual({ a: 1 });
    expect(seen[0]).toMatchObject({ method: 'GET', url: '/v0/pipes/x.json?project=a%20b&days=7' });
  });

  it('httpFetch sends a file byte for byte', async () => {
    const file = Uint8Array.from({ length: 300_000 }, (_, n) => n % 251);
    const chunks: Buffer[] = [];
    let length: string | undefined;
    listener = (incoming, response) => {
      length = incoming.headers['content-length'];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => response.end('{}'));
    };
    await httpFetch(`${base}/v0/datasources`, { method: 'POST', body: file });
    expect(length).toBe('300000');
    expect(Buffer.concat(chunks).equals(file)).toBe(true);
  });

  it('httpFetch sends the method, the headers and the body', async () => {
    let body = '';
    let request: IncomingMessage | undefined;
    listener = (incoming, response) => {
      request = incoming;
      incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      incoming.on('end', () => response.end('{}'));
    };
    await httpFetch(`${base}/v0/sql`, {
      method: 'POST',
      body: 'SELECT 1 -- ünïcödé',
      headers: { Authorization: 'Bearer p.read', 'Content-Type': 'text/plain' },
    });
    expect(request).toMatchObject({ method: 'POST' });
    expect(request!.headers).toMatchObject({
      authorization: 'Bearer p.read',
      'content-type': 'text/plain',
      host: new URL(base).host,
    });
    expect(body).toBe('SELECT 1 -- ünïcödé');
  });

  it('httpFetch joins a body whose chunks were split inside a character', async () => {
    const bytes = Buffer.from('{"text":"🙂"}');
    listener = (_, response) => {
      response.write(bytes.subarray(0, 11));
      setImmediate(() => response.end(bytes.subarray(11)));
    };
    await expect((await httpFetch(base)).json()).resolves.toEqual({ text: '🙂' });
  });

  it.each([199 + 1, 204, 299])('httpFetch treats %i as ok', async (status) => {
    answer(status, '');
    expect(await httpFetch(base)).toMatchObject({ ok: true, status });
  });

  it.each([302, 400, 401, 404, 429, 500, 503])(
    'status %i is not ok, and its body is read',
    async (status) => {
      answer(status, '{"error":"no"}');
      const response = await httpFetch(base);
      expect(response).toMatchObject({ ok: false, status });
      await expect(response.text()).resolves.toBe('{"error":"no"}');
    },
  );

  it('httpFetch finds headers regardless of case, and returns null for a missing one', async () => {
    answer(429, '', { 'Retry-After': '7' });
    const { headers } = await httpFetch(base);
    expect(headers.get('retry-after')).toBe('7');
    expect(headers.get('Retry-After')).toBe('7');
    expect(headers.get('x-none')).toBeNull();
  });

  it('httpFetch rejects invalid JSON with a SyntaxError, as fetch does', async () => {
    answer(200, '<html>');
    await expect((await httpFetch(base)).json()).rejects.toBeInstanceOf(SyntaxError);
  });

  it('httpFetch rejects with the reason of the signal if no answer comes', async () => {
    listener = () => undefined;
    const call = httpFetch(base, { signal: AbortSignal.timeout(20) });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('httpFetch rejects with the reason of the signal if the answer breaks off', async () => {
    listener = (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{"half":');
    const call = httpFetch(base, { signal: AbortSignal.timeout(100) });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('httpFetch rejects if the signal is already aborted', async () => {
    const seen = answer(200, '{}');
    const reason = new Error('too late');
    await expect(httpFetch(base, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(seen).toEqual([]);
  });

  it('httpFetch rejects if the server closes the connection halfway', async () => {
    listener = (request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":');
      setImmediate(() => request.socket.destroy());
    };
    await expect(httpFetch(base)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('httpFetch rejects if nothing listens on the port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    other.close();
    await once(other, 'close');
    await expect(httpFetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('httpFetch rejects an invalid address', async () => {
    await expect(httpFetch('nowhere')).rejects.toBeInstanceOf(TypeError);
  });

  it('httpFetch treats an IPv6 address as an address, not as a name', async () => {
    // Nothing listens on the discard port; as a name it would fail at the lookup, before connecting.
    await expect(httpFetch('http://[::1]:9/')).rejects.toMatchObject({ syscall: 'connect' });
  });

  it('httpFetch reaches a server of this machine by the name localhost', async () => {
    const seen = answer(200, '{}');
    await httpFetch(base.replace('127.0.0.1', 'localhost'));
    expect(seen[0]!.headers.host).toBe(new URL(base).host.replace('127.0.0.1', 'localhost'));
  });
});

describe('the typed client on it', () => {
  const client = () =>
    createTinybirdClient({ baseUrl: base, token: 'local', fetch: httpFetch, timeoutMs: 200 });

  it('the typed client queries a pipe over httpFetch', async () => {
    const seen = answer(200, '{"data":[{"sessions":2}]}');
    await expect(client().usageContext.query({ days: 7 })).resolves.toEqual([{ sessions: 2 }]);
    expect(seen[0]!.headers.authorization).toBe('Bearer local');
  });

  it('the typed client reports a failure over httpFetch as it does over the global fetch', async () => {
    answer(429, '{"error":"slow down"}', { 'Retry-After': '3' });
    await expect(client().usageContext.query()).rejects.toMatchObject({
      kind: 'rate_limited',
      retryAfterMs: 3_000,
    });
    answer(200, '<html>');
    await expect(client().usageContext.query()).rejects.toMatchObject({ kind: 'bad_response', status: 200 });
    listener = () => undefined;
    await expect(client().usageContext.query()).rejects.toMatchObject({ kind: 'timeout' });
    listener = (_, response) => response.writeHead(200).write('{"data":');
    await expect(client().usageContext.query()).rejects.toMatchObject({ kind: 'timeout' });
  });
});
