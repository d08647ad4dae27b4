import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { Hono } from 'hono';
import { LOOPBACK, portProblem, type Listener } from './listener.js';

/** Serves the application on a port of this machine; 0 chooses a free one. `who` is named where the port is taken. */
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
    // A connection that is kept alive after its last answer would hold the close for seconds.
    const hangUp = setInterval(() => server.closeIdleConnections(), 20);
    server.close(() => {
      clearInterval(hangUp);
      resolve();
    });
  });
}
