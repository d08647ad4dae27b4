/** A store that fails: a proxy in front of the embedded server that refuses, hangs, resets and loses answers. */
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What may happen to a request that writes. */
export const faults = ['unavailable', 'rate limited', 'reset', 'lost answer', 'hang'] as const;
export type Fault = (typeof faults)[number];

export interface FaultyStore {
  url: string;
  /** How often each fault happened, and how often rows were refused. */
  counts: Map<Fault | 'refused', number>;
  close: () => Promise<void>;
}

/** How long a hanging request gets no answer before its connection ends, milliseconds. */
const HANG_MS = 700;

/**
 * Starts the proxy. While the server behind it is down, health checks still succeed, so that nobody starts another one.
 *
 * @param faultOf the fault of the next request that writes; undefined for none
 * @param refuses rows that the store takes for bad, whenever they come
 */
export async function startFaultyStore(
  upstream: string,
  faultOf: () => Fault | undefined,
  refuses: RegExp,
): Promise<FaultyStore> {
  const counts: FaultyStore['counts'] = new Map();
  const count = (what: Fault | 'refused') => counts.set(what, (counts.get(what) ?? 0) + 1);
  const server = createServer((incoming, answer) => {
    void take(incoming, answer).catch(() => incoming.socket.destroy());
  });
  async function take(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const path = incoming.url ?? '/';
    if (path === '/health') {
      json(answer, 200, {});
      return;
    }
    const isWrite = incoming.method === 'POST' && path.startsWith('/v0/events');
    if (isWrite && refuses.test(body.toString('utf8'))) {
      count('refused');
      json(answer, 400, { error: 'a row is poisonous' });
      return;
    }
    const fault = isWrite ? faultOf() : undefined;
    if (fault !== undefined) count(fault);
    if (fault === 'unavailable') {
      json(answer, 503, { error: 'unavailable' });
      return;
    }
    if (fault === 'rate limited') {
      json(answer, 429, { error: 'too many' }, { 'retry-after': '0' });
      return;
    }
    if (fault === 'hang') await sleep(HANG_MS);
    if (fault === 'hang' || fault === 'reset') return void incoming.socket.destroy();
    const passed = await pass(incoming, body).catch(() => undefined);
    if (fault === 'lost answer') return void incoming.socket.destroy();
    if (passed === undefined) {
      json(answer, 503, { error: 'the server is down' });
      return;
    }
    answer.writeHead(passed.status, { 'content-type': passed.type }).end(passed.body);
  }
  function pass(incoming: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; type: string; body: Buffer }>((resolve, reject) => {
      const { authorization = '', 'content-type': type = '' } = incoming.headers;
      const headers = { authorization, ...(type === '' ? {} : { 'content-type': type }) };
      const sent = request(
        new URL(incoming.url ?? '/', upstream),
        { method: incoming.method, headers },
        (response) => {
          bodyOf(response).then(
            (content) =>
              resolve({
                status: response.statusCode ?? 502,
                type: response.headers['content-type'] ?? 'application/json',
                body: content,
              }),
            reject,
          );
        },
      );
      sent.on('error', reject).end(body);
    });
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(
  answer: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  answer.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function bodyOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
