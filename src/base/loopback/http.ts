import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { LOOPBACK, portProblem, type Listener } from './listener.js';

/**
 * Serves an application on a loopback port; 0 chooses a free one. `who` is the server's name in the error about a port
 * in use.
 */
export function serveHttp(app: Pick<Hono, 'fetch'>, port: number, who: string): Promise<Listener> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(portProblem(who, 'HTTP', port, error)));
    server.listen(port, LOOPBACK, () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => stop(server) }),
    );
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
