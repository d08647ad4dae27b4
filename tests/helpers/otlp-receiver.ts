import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeTracesProtobuf } from '../../src/signals/otel/traces/protobuf.js';
import type { Span } from '../../src/signals/otel/traces/span.js';

interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** What a receiver answers. */
export interface OtlpAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
}

/** An OTLP/HTTP backend that keeps what it receives and answers as configured. */
export interface OtlpReceiver extends AsyncDisposable {
  endpoint: string;
  requests: Received[];
  /** The spans of all requests that it answered with 200. */
  spans(): Span[];
}

/** @param answer the answer to request n, counted from 0 */
export async function startOtlpReceiver(
  answer: (n: number) => OtlpAnswer = () => ({ status: 200 }),
): Promise<OtlpReceiver> {
  const requests: Received[] = [];
  const taken: Buffer[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { status, headers = {}, body: said = '' } = answer(requests.length);
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      if (status === 200) taken.push(body);
      response.writeHead(status, headers).end(said);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans: () => taken.flatMap(spansIn),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** The spans of the body of a request. */
function spansIn(body: Uint8Array): Span[] {
  const decoded = decodeTracesProtobuf(body);
  if ('problem' in decoded) throw new Error(decoded.problem.message);
  if (decoded.refused.count > 0) throw new Error([...decoded.refused.reasons].join());
  return decoded.records;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
