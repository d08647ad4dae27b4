import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../base/config.js';
import { fileSender } from './sender.js';

it('a file that a store refuses for a short while is sent again', async () => {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    request.resume();
    const isTooEarly = requests <= 2;
    response.writeHead(isTooEarly ? 429 : 200, {
      'content-type': 'application/json',
      ...(isTooEarly && { 'retry-after': '0' }),
    });
    response.end(
      JSON.stringify(
        isTooEarly ? { error: 'Too many requests' } : { successful_rows: 1, quarantined_rows: 0 },
      ),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const config = loadConfig({
    env: { TINYBIRD_URL: `http://127.0.0.1:${port}` },
    homeDir: '/srv/nobody',
    platform: 'linux',
  });
  const outcome = await fileSender(config)({
    ...{ table: 'api_requests', file: new Uint8Array([1]), rows: 1, redacted: {} },
  });
  expect(outcome).toMatchObject({ quarantined_rows: 0 });
  expect(requests).toBe(3);
});
