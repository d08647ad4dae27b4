import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databasesOf } from '../../../src/local/workspace/databases.js';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const events = `SCHEMA >
    id UInt32 \`json:$.id\`
ENGINE_SORTING_KEY "id"
TOKEN reader READ`;

interface Named {
  id: string;
  name: string;
  token: string;
}

/** Creates a workspace as the official CLI does. */
async function create(server: TestServer, name: string): Promise<Named> {
  const { user_token } = (await server.send('/tokens', { token: '' })).body as Record<string, string>;
  const answer = await server.send('/v1/workspaces', {
    method: 'POST',
    token: user_token ?? '',
    body: new URLSearchParams({ name }),
  });
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.body as Named;
}

async function build(server: TestServer, token: string, files: Record<string, string>) {
  const form = new FormData();
  for (const [name, content] of Object.entries(files))
    form.append('data_project://', new File([content], name));
  return server.send('/v1/build', { method: 'POST', body: form, token });
}

const post = (server: TestServer, token: string, id: number) =>
  server.send('/v0/events?name=events&wait=true', { method: 'POST', token, body: JSON.stringify({ id }) });

const ids = async (server: TestServer, token: string) => {
  const answer = await server.send('/v0/sql?q=SELECT+id+FROM+events+ORDER+BY+id', { token });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
  return (answer.body as { data: { id: number }[] }).data.map(({ id }) => id);
};

describe('workspaces', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;
  let other: Named;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path);
    expect(await server.deploy('/v1/build', { 'events.datasource': events })).toMatchObject({ status: 200 });
    await server.ingest('events', [{ id: 1 }]);
    other = await create(server, 'feature_x');
    expect(await build(server, other.token, { 'events.datasource': events })).toMatchObject({
      status: 200,
      body: { result: 'success', build: { new_datasource_names: ['events'] } },
    });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('each has its own rows, and its token is what chooses it', async () => {
    expect((await post(server, other.token, 7)).body).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(await ids(server, other.token)).toEqual([7]);
    expect(await ids(server, 'local')).toEqual([1]);
    expect((await server.send('/v1/workspace', { token: other.token })).body).toMatchObject({
      id: other.id,
      name: 'feature_x',
      scope: 'admin',
    });
    expect((await server.send('/v1/workspace')).body).toMatchObject({ id: 'local', name: 'local' });
  });

  it('each has its own deployments, which leave those of the others alone', async () => {
    const two = await create(server, 'two');
    expect(await server.send('/v0/datasources', { token: two.token })).toMatchObject({
      body: { datasources: [] },
    });
    const table = { 'events.datasource': events, 'more.datasource': events };
    expect((await build(server, two.token, table)).status).toBe(200);
    expect((await build(server, two.token, { 'events.datasource': events })).body).toMatchObject({
      build: { deleted_datasource_names: ['more'] },
    });
    expect((await server.send('/v0/datasources')).body).toMatchObject({ datasources: [{ name: 'events' }] });
    expect(await ids(server, 'local')).toEqual([1]);
  });

  it('tokens of one open no other, JWTs neither', async () => {
    const valueOf = async (token: string) => {
      const { tokens } = (await server.send('/v0/tokens', { token })).body as {
        tokens: { name: string; token: string }[];
      };
      return tokens.find(({ name }) => name === 'reader')?.token ?? '';
    };
    const [here, there] = [await valueOf('local'), await valueOf(other.token)];
    expect(here).not.toBe(there);
    expect(await ids(server, here)).toEqual([1]);
    expect(await ids(server, there)).toEqual(await ids(server, other.token));
    const made = await server.send(`/v0/tokens/?expiration_time=${Math.floor(Date.now() / 1000) + 600}`, {
      method: 'POST',
      token: other.token,
      body: JSON.stringify({ name: 'n', scopes: [{ type: 'DATASOURCES:READ', resource: 'events' }] }),
    });
    const { token: jwt } = made.body as { token: string };
    expect(await ids(server, jwt)).toEqual(await ids(server, other.token));
    const [header, payload = '', signature] = jwt.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
    const moved = Buffer.from(JSON.stringify({ ...claims, workspace_id: 'local' })).toString('base64url');
    expect(
      (await server.send('/v0/sql?q=SELECT+1', { token: `${header}.${moved}.${signature}` })).status,
    ).toBe(403);
  });

  it.each([
    (table: string) => `SELECT * FROM ${table}`,
    (table: string) => `SELECT 1 WHERE 1 IN ${table}`,
    (table: string) => `SELECT in(1, (${table}))`,
    (table: string) => `SELECT in(1, ${table})`,
    (table: string) => `SELECT * FROM numbers(1) AS a JOIN ${table} AS b ON 1`,
  ])('no query reaches the tables of another workspace: %s', async (sql) => {
    for (const [token, id] of [
      ['local', other.id],
      [other.token, 'local'],
    ] as const) {
      const { live, views, trash } = databasesOf(id);
      for (const database of [live, views, trash]) {
        const answer = await server.send('/v0/sql', {
          method: 'POST',
          token,
          body: sql(`${database}.events`),
        });
        expect(answer).toMatchObject({ status: 400 });
        expect((answer.body as { error: string }).error).toContain('not found');
      }
    }
  });

  it('a branch is the workspace of the same name, with the same token', async () => {
    const get = (path: string) => server.send(path);
    expect((await get('/v0/environments/feature_x?with_token=true')).body).toMatchObject(other);
    expect((await server.send('/v1/environments?name=feature_x', { method: 'POST' })).status).toBe(409);
    expect((await get('/v0/environments/none')).status).toBe(404);
    expect(await server.send('/v1/environments?name=made', { method: 'POST' })).toMatchObject({
      status: 200,
      body: { job: { status: 'done', kind: 'create_branch' } },
    });
    const { body } = await get('/v0/environments/made');
    const made = body as Named;
    expect((await get('/v1/user/workspaces')).body).toMatchObject({
      workspaces: expect.arrayContaining([{ id: made.id, name: 'made', token: made.token }]) as unknown[],
    });
    expect((await get('/v1/environments')).body).toMatchObject({
      environments: expect.not.arrayContaining([expect.objectContaining({ name: 'local' })]) as unknown[],
    });
    const copied = await server.send('/v1/environments?name=c&data=all_partitions', { method: 'POST' });
    expect(copied).toMatchObject({ status: 501 });
  });

  it('a removed workspace is gone with its rows, and its tokens open nothing', async () => {
    const gone = await create(server, 'gone');
    await build(server, gone.token, { 'events.datasource': events });
    await post(server, gone.token, 5);
    const path = join(folder.path, 'workspaces', gone.id);
    expect(existsSync(path)).toBe(true);
    expect((await server.send(`/v1/workspaces/${gone.id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await server.send(`/v1/workspaces/${gone.id}`)).status).toBe(404);
    expect((await server.send('/v0/sql?q=SELECT+1', { token: gone.token })).status).toBe(403);
    expect(existsSync(path)).toBe(false);
    const again = await create(server, 'gone');
    await build(server, again.token, { 'events.datasource': events });
    expect(await ids(server, again.token)).toEqual([]);
    expect(await ids(server, 'local')).toEqual([1]);
  });

  it('the main workspace cannot be removed, and wrong requests are explained', async () => {
    expect(await server.send('/v1/workspaces/local', { method: 'DELETE' })).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('is the main one and cannot be deleted') as string },
    });
    const post = async (name: string) =>
      (await server.send('/v1/workspaces', { method: 'POST', body: new URLSearchParams({ name }) })).status;
    expect(await post('')).toBe(400);
    expect(await post('a/b')).toBe(400);
    expect((await server.send('/v1/workspaces/none', { method: 'DELETE' })).status).toBe(404);
    expect(await ids(server, 'local')).toEqual([1]);
  });
});

it('a branch with data=last_partition has the project and the newest rows of the main workspace, once', async () => {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path);
  const files = {
    'sales.datasource': `SCHEMA >
    day Date \`json:$.day\`,
    n UInt32 \`json:$.n\`
ENGINE_PARTITION_KEY "toYYYYMM(day)"
ENGINE_SORTING_KEY "day"`,
    'numbered.datasource': `SCHEMA >
    day UInt32 \`json:$.day\`
ENGINE_PARTITION_KEY "day"
ENGINE_SORTING_KEY "day"`,
    'totals.datasource': `SCHEMA >
    day Date,
    n SimpleAggregateFunction(sum, UInt64)
ENGINE "AggregatingMergeTree"
ENGINE_SORTING_KEY "day"`,
    'total.pipe': `NODE n
SQL >
    SELECT day, toUInt64(sum(n)) AS n FROM sales GROUP BY day
TYPE materialized
DATASOURCE totals`,
  };
  expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  const days = [
    { day: '2024-01-31', n: 1 },
    { day: '2024-02-01', n: 2 },
    { day: '2024-02-28', n: 3 },
  ];
  await server.ingest('sales', days);
  await server.ingest('numbered', [{ day: 9 }, { day: 10 }]);
  expect(await server.send('/v1/environments?name=b&data=last_partition', { method: 'POST' })).toMatchObject({
    status: 200,
    body: { job: { status: 'done' } },
  });
  const { token } = (await server.send('/v0/environments/b?with_token=true')).body as Named;
  const rows = async (table: string, of: string) =>
    (
      (await server.send(`/v0/sql?q=SELECT+*+FROM+${table}+ORDER+BY+day`, { token: of })).body as {
        data: unknown;
      }
    ).data;
  expect(await rows('sales', token)).toEqual(days.slice(1));
  expect(await rows('numbered', token)).toEqual([{ day: 10 }]);
  // This table has no partitions.
  expect(await rows('totals', token)).toEqual(days);
  await server.send('/v0/events?name=sales&wait=true', {
    method: 'POST',
    token,
    body: '{"day":"2024-02-01","n":10}',
  });
  expect(await rows('totals FINAL', token)).toEqual([days[0], { day: '2024-02-01', n: 12 }, days[2]]);
  expect(await rows('sales', 'local')).toEqual(days);
});

it('after a restart, every workspace has its rows, its deployment and its token', async () => {
  await using folder = await temporaryFolder();
  const made = await (async () => {
    await using first = await openServer(folder.path);
    const one = await create(first, 'one');
    await build(first, one.token, { 'events.datasource': events });
    await post(first, one.token, 3);
    return one;
  })();
  await using second = await openServer(folder.path);
  expect((await second.send('/v1/user/workspaces')).body).toMatchObject({
    workspaces: [{ name: 'local' }, made],
  });
  expect(await ids(second, made.token)).toEqual([3]);
  expect((await build(second, made.token, { 'events.datasource': events })).body).toEqual({
    result: 'no_changes',
  });
});
