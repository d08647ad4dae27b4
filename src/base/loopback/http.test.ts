import { EventEmitter, once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveHttp, type ServeOptions } from './http.js';
import { PortError, portProblem } from './listener.js';

const serve = (options: Partial<ServeOptions> = {}) =>
  serveHttp({
    fetch: () => new Response('here'),
    port: 0,
    who: 'The server',
    pages: { port: undefined, origins: [] },
    ...options,
  });

describe('serveHttp', () => {
  it('serveHttp listens only on 127.0.0.1 and gives the guard its port', async () => {
    const pages = { port: undefined, origins: [] };
    const listener = await serve({ pages });
    onTestFinished(() => listener.close());
    expect(pages.port).toBe(listener.port);
    expect(await (await fetch(`http://127.0.0.1:${listener.port}`)).text()).toBe('here');
    const other = createServer().listen(listener.port, '127.0.0.2');
    await once(other, 'listening');
    other.close();
  });

  it('the error for a port that is in use says what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    const started = serve({ port });
    await expect(started).rejects.toThrow(PortError);
    await expect(started).rejects.toThrow(
      `The server cannot listen for HTTP on 127.0.0.1:${port} (the port is in use by another program): stop that program, or choose another port`,
    );
  });

  it('close finishes an answer and does not wait for keep-alive connections', async () => {
    const asked = new EventEmitter();
    const listener = await serve({
      fetch: () => new Promise((resolve) => asked.emit('request', () => resolve(new Response('whole')))),
    });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const begun = once(asked, 'request') as Promise<[() => void]>;
    const request = get({ host: '127.0.0.1', port: listener.port, agent });
    const [answer] = await begun;
    const closed = listener.close();
    answer();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(await response.toArray()).toEqual([Buffer.from('whole')]);
    await closed;
  });
});

describe('a port problem', () => {
  it.each([
    [
      'listen EACCES: permission denied 127.0.0.1:80',
      'this user may not open the port): choose another port',
    ],
    // gRPC tells it only within its own message.
    [
      'No address added out of total 1 resolved errors: [listen EADDRINUSE: address already in use 127.0.0.1:80]',
      'the port is in use by another program): stop that program, or choose another port',
    ],
    ['something new', 'something new): choose another port'],
  ])('the error for "%s" says what to do', (cause, said) => {
    expect(portProblem('The collector', 'gRPC', 80, new Error(cause)).message).toBe(
      `The collector cannot listen for gRPC on 127.0.0.1:80 (${said}`,
    );
  });
});
