/** A server in front of a store that passes each question on once, and repeats the answer. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

interface Answer {
  status: number;
  type: string;
  body: Buffer;
}

/** A running replay. */
export interface Replay {
  url: string;
  close: () => void;
}

/**
 * Starts a server that answers a request with what the store answered to the first equal one. For tests that compare
 * ways to print one answer: the store computes it once.
 *
 * @param store address of the store, which must not change in the meantime
 */
export async function startReplay(store: string): Promise<Replay> {
  const answers = new Map<string, Promise<Answer>>();
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { method = 'GET', url = '/', headers } = request;
      const body = Buffer.concat(chunks);
      const key = JSON.stringify([method, url, headers.authorization, body.toString('latin1')]);
      const ask = async (): Promise<Answer> => {
        const given = Object.fromEntries(
          (['authorization', 'content-type'] as const).flatMap((name) =>
            headers[name] === undefined ? [] : [[name, headers[name]]],
          ),
        );
        const answer = await fetch(store + url, {
          method,
          headers: given,
          ...(body.length === 0 ? {} : { body }),
        });
        const type = answer.headers.get('content-type') ?? '';
        return { status: answer.status, type, body: Buffer.from(await answer.arrayBuffer()) };
      };
      const answer = answers.get(key) ?? ask();
      answers.set(key, answer);
      const { status, type, body: text } = await answer;
      response.writeHead(status, { 'content-type': type }).end(text);
    })().catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () => server.close(),
  };
}
