import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { AllowedPages } from './guard.js';
import { LOOPBACK, portProblem, type Listener } from './listener.js';

export interface ServeOptions {
  fetch: (request: Request) => Response | Promise<Response>;
  /** Port of this machine; 0 chooses a free one. */
  port: number;
  /** What listens, at the beginning of a sentence, for an error that says that the port is taken. */
  who: string;
  /** Whose pages the application answers: they get the port once it listens. */
  pages: AllowedPages;
}

/** Serves an application over HTTP, to this machine alone. @throws {PortError} */
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
