/** A small fetch on node:http, for programs that must start quickly, and for files. */
import { request as requestHttp } from 'node:http';

/**
 * A fetch on node:http, for texts and files with small answers. The global fetch loads a whole HTTP client at its first
 * use, which would double the time of a SessionStart hook (bench/hooks.ts), and copies a file twice before it sends it.
 *
 * Its response has only what the Tinybird SDK uses.
 */
export const httpFetch: typeof fetch = async (input, init) => {
  // The SDK passes a string. A Request is not supported: naming its class would load what this module avoids.
  if (typeof input !== 'string' && !(input instanceof URL))
    throw new TypeError('httpFetch takes a string or a URL');
  const url = new URL(input);
  const send = url.protocol === 'https:' ? (await import('node:https')).request : requestHttp;
  // The embedded server listens on 127.0.0.1, so a lookup of `localhost` would only cost time. A URL has brackets
  // around an IPv6 address; here it must have none.
  const hostname = url.hostname === 'localhost' ? '127.0.0.1' : url.hostname.replace(/^\[(.*)\]$/, '$1');
  const headers = { ...Object.fromEntries(new Headers(init?.headers)), host: url.host };
  return new Promise((resolve, reject) => {
    const request = send(
      {
        protocol: url.protocol,
        hostname,
        port: url.port,
        path: url.pathname + url.search,
        method: init?.method ?? 'GET',
        headers,
        agent: false,
        ...(init?.signal ? { signal: init.signal } : {}),
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve(
            smallResponse(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString('utf8')),
          );
        });
      },
    );
    request.on('error', (error) =>
      reject(init?.signal?.aborted === true ? (init.signal.reason as Error) : error),
    );
    const body = init?.body;
    request.end(typeof body === 'string' || body instanceof Uint8Array ? body : undefined);
  });
};

function smallResponse(status: number, headers: NodeJS.Dict<string | string[]>, body: string): Response {
  const response = {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name: string) => headers[name.toLowerCase()]?.toString() ?? null },
    text: () => Promise.resolve(body),
    // Parsing inside the promise turns bad JSON into a rejection, as fetch does.
    json: () => Promise.resolve(body).then((text) => JSON.parse(text) as unknown),
  };
  // The SDK and the client use only these members; a real Response would load undici.
  return response as unknown as Response;
}
