/** Serves HTTP on this machine only. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { AllowedPages } from './guard.js';
import { LOOPBACK, portProblem, type Listener } from './listener.js';

export interface ServeOptions {
  fetch: (request: Request) => Response | Promise<Response>;
  /** Port of this machine; 0 chooses a free one. */
  port: number;
  /** The name of the server, as the start of the sentence about a port that is in use. */
  who: string;
  /** The pages whose requests are answered; the port is filled in when the server listens. */
  pages: AllowedPages;
}

/** Serves an application over HTTP, only to this machine. @throws {PortError} */
export function serveHttp({ fetch, port, who, pages }: ServeOptions): Promise<Listener> {
  const server = createAdaptorServer({ fetch }) as Server;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(portProblem(who, 'HTTP', port, error)));
    server.listen(port, LOOPBACK, () => {
      pages.port = (server.address() as AddressInfo).port;
      resolve({ port: pages.port, close: () => stop(server) });
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    // An idle keep-alive connection would delay the close for seconds.
    const hangUp = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearInterval(hangUp);
      resolve();
    });
  });
}
