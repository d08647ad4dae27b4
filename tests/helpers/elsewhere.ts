/** An address that is not the embedded store of this machine, in front of one that is. */
import { createServer, request } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** A store elsewhere, as `atel` sees it. */
export interface Elsewhere extends AsyncDisposable {
  url: string;
  /** The requests so far, as `METHOD /path`. */
  requests: string[];
  /** Whether it answers. While it does not, each request gets 503. */
  isUp: boolean;
}

/**
 * Serves an embedded store under 127.0.0.2, which counts as another machine, to requests with one of the tokens only:
 * others get 403, as from Tinybird Cloud. Works on Linux, where all of 127.0.0.0/8 is this machine.
 */
export async function startElsewhere(store: string, tokens: readonly string[]): Promise<Elsewhere> {
  const to = new URL(store);
  const server = createServer((incoming, outgoing) => {
    elsewhere.requests.push(`${incoming.method ?? ''} ${(incoming.url ?? '').split('?')[0] ?? ''}`);
    const token = (incoming.headers.authorization ?? '').replace('Bearer ', '');
    const refusal = !elsewhere.isUp ? 503 : tokens.includes(token) ? undefined : 403;
    if (refusal !== undefined) {
      incoming.resume();
      outgoing.writeHead(refusal, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify({ error: refusal === 403 ? 'invalid token' : 'unavailable' }));
      return;
    }
    const passed = request(
      {
        host: '127.0.0.1',
        port: to.port,
        path: incoming.url,
        method: incoming.method,
        headers: { ...incoming.headers, host: to.host },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.2');
  await once(server, 'listening');
  const elsewhere: Elsewhere = {
    url: `http://127.0.0.2:${(server.address() as AddressInfo).port}`,
    requests: [],
    isUp: true,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return elsewhere;
}
