import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { storeOfOtherUser } from './other-user.js';

/** A server whose `/health` answers with this text. */
async function serving(text: string) {
  const server = createServer((_, response) => response.end(text));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { local: true, tinybird_url: `http://127.0.0.1:${port}`, append_token: 'local' };
}

it("rows are kept from another user's store, and the error names both ways out", async () => {
  const config = await serving('{"user":1001}');
  const error = await storeOfOtherUser(config, 1002);
  expect(error?.kind).toBe('unauthorized');
  expect(error?.message).toContain(`${config.tinybird_url} is the store of another user`);
  expect(error?.message).toContain('AGENT_TELEMETRY_TINYBIRD_PORT');
  expect(error?.message).toContain('AGENT_TELEMETRY_APPEND_TOKEN');
});

it("the user's own store, one with a token of its own, and other programs may be sent rows", async () => {
  const config = await serving('{"user":1001}');
  expect(await storeOfOtherUser(config, 1001)).toBeNull();
  expect(await storeOfOtherUser({ ...config, append_token: 'p.shared' }, 1002)).toBeNull();
  expect(await storeOfOtherUser({ ...config, local: false }, 1002)).toBeNull();
  for (const text of ['{"user":null}', '{"status":"ok"}', 'not JSON', 'x'.repeat(20_000)])
    expect(await storeOfOtherUser(await serving(text), 1002), text.slice(0, 20)).toBeNull();
});

it('a store that does not answer is no reason to keep rows back', async () => {
  const nobody = { local: true, tinybird_url: 'http://127.0.0.1:1', append_token: 'local' };
  expect(await storeOfOtherUser(nobody, 1002)).toBeNull();
});
