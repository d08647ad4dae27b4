import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';
import { startChild } from './start-child.js';

const things = 'SCHEMA >\n    id UInt32 `json:$.id`\nENGINE_SORTING_KEY "id"';
const filled = 'SCHEMA >\n    id UInt32,\n    n UInt64\nENGINE_SORTING_KEY "id"';
/** The tables, and a view that takes long for the row 13 only. */
const withView = (select: string) => ({
  'things.datasource': things,
  'filled.datasource': filled,
  'view.pipe': `NODE n\nSQL >\n    ${select}\nTYPE materialized\nDATASOURCE filled`,
});
/** 10^10 pairs of numbers; the engine stops it between two blocks. */
const slow = withView(
  'SELECT t.id AS id, count() AS n FROM things AS t, numbers(100000) AS a, numbers(100000) AS b WHERE t.id = 13 AND sipHash64(a.number, b.number) != 1 GROUP BY id',
);
/** One call of a function, which the engine does not stop. */
const unstoppable = (size: number) =>
  withView(
    `SELECT id, toUInt64(arrayLevenshteinDistance(range(if(id = 13, ${size}, 2)), range(1, if(id = 13, ${size + 1}, 3)))) AS n FROM things`,
  );

async function built(server: TestServer, files: Record<string, string>): Promise<void> {
  expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  expect(await server.ingest('things', [{ id: 1 }])).toEqual({ successful_rows: 1, quarantined_rows: 0 });
}

const write = (server: TestServer, id: number) =>
  server.send('/v0/events?name=things&wait=true', { method: 'POST', body: JSON.stringify({ id }) });
const stored = { status: 200, body: { successful_rows: 1, quarantined_rows: 0 } };

it('a write beyond its time limit is stopped and answered with an error, and the next write works', async () => {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path, { maxWriteSeconds: 1 });
  await built(server, slow);
  const stuck = await write(server, 13);
  expect([stuck.status, stuck.text]).toEqual([
    503,
    expect.stringMatching(/TIMEOUT_EXCEEDED|Timeout exceeded/),
  ]);
  expect(await write(server, 2)).toMatchObject(stored);
  expect(await server.rows('SELECT id FROM things WHERE id != 13 ORDER BY id')).toEqual([
    { id: 1 },
    { id: 2 },
  ]);
});

it('a write that the engine cannot stop is answered, queries are meanwhile, and the next write waits for its end', async () => {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path, { maxWriteSeconds: 1 });
  await built(server, unstoppable(50_000));
  let isAnswered = false;
  const stuck = write(server, 13).finally(() => (isAnswered = true));
  expect(await server.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(isAnswered).toBe(false);
  const { status, text } = await stuck;
  expect([status, text]).toEqual([
    503,
    expect.stringContaining('did not end within 1 s and could not be cancelled') as string,
  ]);
  expect(await write(server, 2)).toMatchObject(stored);
  // The row itself was stored before the view, once; nothing tried it again.
  expect(await server.rows('SELECT id FROM things ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 13 }]);
  expect(await server.rows('SELECT id FROM filled ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
});

it('a write that never ends ends the server; what it acknowledged is kept, and the next server takes rows', async () => {
  await using folder = await temporaryFolder();
  {
    await using server = await openServer(folder.path);
    await built(server, unstoppable(300_000));
  }
  const { child, url } = await startChild([folder.path], { maxWriteSeconds: 1, maxStuckSeconds: 1 });
  onTestFinished(() => void child.kill('SIGKILL'));
  const gone = once(child, 'exit');
  const post = (id: number) =>
    fetch(`${url}/v0/events?name=things&wait=true&token=local`, {
      method: 'POST',
      body: JSON.stringify({ id }),
    });
  expect((await post(2)).status).toBe(200);
  expect((await post(13)).status).toBe(503);
  // A later write waits for it: it must not be acknowledged.
  expect(
    await post(3).then(
      ({ status }) => status,
      () => 'no answer',
    ),
  ).toBe('no answer');
  expect(await gone).toEqual([null, 'SIGKILL']);
  await using server = await openServer(folder.path);
  expect(await write(server, 4)).toMatchObject(stored);
  expect(await server.rows('SELECT id FROM filled ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }, { id: 4 }]);
});
