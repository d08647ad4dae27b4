import { expect, it, vi } from 'vitest';
import { openServer, temporaryFolder } from './server.js';

vi.setConfig({ testTimeout: 120_000 });

/** Would run for hours; the server lets it. */
const ENDLESS = 'SELECT count() FROM numbers(1000000000000000) WHERE NOT ignore(sipHash64(number))';
const LONG_S = 36_000;

/** CPU time of this process, in which the engine runs, seconds. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

async function untilBusy(): Promise<void> {
  const before = cpu();
  await vi.waitUntil(() => cpu() - before > 1, { timeout: 60_000, interval: 50 });
}

it('a query ends when its client goes away, and the queries that waited for it run', async () => {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path, { maxFreeQuerySeconds: LONG_S });
  // All slots of free queries, and some that wait for one.
  const clients = Array.from({ length: 6 }, () => new AbortController());
  const answers = clients.map(({ signal }) =>
    server.send('/v0/sql', { method: 'POST', body: ENDLESS, signal }).then(
      () => 'answered',
      (error: unknown) => (error as Error).name,
    ),
  );
  await untilBusy();
  for (const client of clients) client.abort();
  expect(await Promise.all(answers)).toEqual(clients.map(() => 'AbortError'));
  // Closing the server waits for its running queries.
  expect(await server.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('a pipe that nobody waits for any more ends, too', async () => {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path);
  await server.deploy('/v1/build', {
    'endless.pipe': `NODE n\nSQL >\n    ${ENDLESS}\nTYPE endpoint`,
  });
  const client = new AbortController();
  const answer = server.send('/v0/pipes/endless.json', { signal: client.signal }).catch(() => 'gone');
  await untilBusy();
  client.abort();
  expect(await answer).toBe('gone');
  // Closing the server waits for its running queries, and a pipe may run for 60 seconds.
  const closed = server.local.close().then(() => 'closed');
  const late = new Promise((resolve) => setTimeout(resolve, 30_000, 'late').unref());
  expect(await Promise.race([closed, late])).toBe('closed');
});
