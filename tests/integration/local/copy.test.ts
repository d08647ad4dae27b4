import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CopySchedule } from '../../../src/local/copy-schedule.js';
import type { Workspace } from '../../../src/local/workspace/workspace.js';
import { Workspaces } from '../../../src/local/workspaces.js';
import { openServer, temporaryFolder, type TestServer } from './server.js';
import { totalling, totals } from './datafiles.js';

const sales = `SCHEMA >
    id UInt32 \`json:$.id\`,
    n UInt64 \`json:$.n\`
ENGINE_SORTING_KEY "id"`;

const snapshot = `SCHEMA >
    id UInt32,
    n UInt64
ENGINE_SORTING_KEY "id"`;

const copying = (mode: string, schedule = '@on-demand') => `NODE n
SQL >
    %
    SELECT id, n FROM sales WHERE n >= {{ Int32(least, 10) }}
TYPE copy
TARGET_DATASOURCE snapshot
COPY_MODE ${mode}
COPY_SCHEDULE ${schedule}`;

const files = {
  'sales.datasource': sales,
  'snapshot.datasource': snapshot,
  'totals.datasource': totals,
  'totalling.pipe': totalling('snapshot', 1),
  'adding.pipe': copying('append'),
  'replacing.pipe': copying('replace'),
  'failing.pipe': copying('append').replace('SELECT id, n', "SELECT id, toUInt64(if(n > 0, 'x', '1')) AS n"),
  'hourly.pipe': copying('append', '30 * * * *'),
  'plain.pipe': 'NODE n\nSQL >\n    SELECT 1 AS x\nTYPE endpoint',
};

describe('copy pipes', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;
  let workspaces: readonly Workspace[];

  beforeAll(async () => {
    const list = vi.spyOn(Workspaces, 'open');
    folder = await temporaryFolder();
    server = await openServer(folder.path);
    workspaces = (await (list.mock.results[0]?.value as Promise<Workspaces>))
      .list()
      .map((one) => one.workspace);
    const built = await server.deploy('/v1/build', files);
    expect(built.body).toMatchObject({ result: 'success' });
    await server.ingest('sales', [
      { id: 1, n: 5 },
      { id: 2, n: 10 },
      { id: 3, n: 20 },
    ]);
  });

  beforeEach(async () => {
    for (const table of ['snapshot', 'totals'])
      await server.send(`/v0/datasources/${table}/truncate`, { method: 'POST' });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const copy = (pipe: string, body?: URLSearchParams) =>
    server.send(`/v0/pipes/${pipe}/copy`, { method: 'POST', ...(body === undefined ? {} : { body }) });
  const stored = async () =>
    ((await server.rows('SELECT id FROM snapshot ORDER BY id')) as { id: number }[]).map(({ id }) => id);
  const sum = async () => server.rows('SELECT sum(n) AS n FROM totals');

  it('a copy adds its rows each time, and its job can be asked for', async () => {
    const answer = await copy('adding');
    expect(answer).toMatchObject({
      status: 200,
      body: {
        job: {
          kind: 'copy',
          status: 'done',
          pipe_name: 'adding',
          datasource: { name: 'snapshot' },
          mode: 'append',
        },
      },
    });
    const { job } = answer.body as { job: { id: string; job_url: string } };
    expect(job.job_url).toMatch(new RegExp(`/v0/jobs/${job.id}$`));
    expect(await server.send(`/v0/jobs/${job.id}`)).toMatchObject({ body: { status: 'done' } });
    expect(await stored()).toEqual([2, 3]);
    await copy('adding');
    expect(await stored()).toEqual([2, 2, 3, 3]);
    expect(await sum()).toEqual([{ n: 60 }]);
  });

  it('a request can ask for another mode', async () => {
    await copy('adding');
    await copy('adding', new URLSearchParams({ _mode: 'replace', least: '20' }));
    expect(await stored()).toEqual([3]);
    expect(await copy('adding', new URLSearchParams({ _mode: 'merge' }))).toMatchObject({
      status: 400,
      body: { error: '_mode is append or replace, not "merge"' },
    });
  });

  it('a copy in the mode replace takes the place of all rows, with what views computed from them', async () => {
    await copy('adding');
    expect((await copy('replacing', new URLSearchParams({ least: '20' }))).status).toBe(200);
    expect(await stored()).toEqual([3]);
    expect(await sum()).toEqual([{ n: 20 }]);
    await copy('replacing');
    await copy('replacing');
    expect(await stored()).toEqual([2, 3]);
    expect(await sum()).toEqual([{ n: 30 }]);
  });

  it('a copy that fails stores nothing, and its job says why', async () => {
    await copy('adding');
    const answer = await copy('failing');
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toContain('Cannot parse');
    expect(answer.text).not.toContain('ws_local');
    expect(await stored()).toEqual([2, 3]);
    const { jobs } = (await server.send('/v0/jobs')).body as { jobs: object[] };
    expect(jobs[0]).toMatchObject({ kind: 'copy', status: 'error', pipe_name: 'failing' });
    expect(await copy('adding', new URLSearchParams({ least: 'many' }))).toMatchObject({ status: 400 });
  });

  it('other pipes cannot be copied, and only an administrator may', async () => {
    expect((await copy('plain')).status).toBe(404);
    expect((await copy('none')).status).toBe(404);
    expect((await server.send('/v0/pipes/adding')).body).toMatchObject({
      type: 'copy',
      copy_target_datasource: 'snapshot',
      copy_mode: 'append',
      copy_schedule: '@on-demand',
    });
  });

  it('a scheduled copy runs in its minute and in no other', async () => {
    const schedule = new CopySchedule(() => workspaces);
    schedule.tick(new Date('2026-11-30T10:29:59Z'));
    await schedule.close();
    expect(await stored()).toEqual([]);
    schedule.tick(new Date('2026-11-30T10:30:00Z'));
    await schedule.close();
    expect(await stored()).toEqual([2, 3]);
  });

  it('a schedule that is paused starts nothing until it is resumed; the copy runs on demand', async () => {
    const schedule = new CopySchedule(() => workspaces);
    const due = async () => {
      schedule.tick(new Date('2026-11-30T10:30:00Z'));
      await schedule.close();
    };
    const ask = (pipe: string, action: string) =>
      server.send(`/v0/pipes/${pipe}/copy/${action}`, { method: 'POST' });
    expect(await ask('hourly', 'pause')).toMatchObject({ status: 200, body: { copy_status: 'paused' } });
    expect(await server.send('/v0/pipes/hourly')).toMatchObject({ body: { copy_status: 'paused' } });
    await due();
    expect(await stored()).toEqual([]);
    await copy('hourly');
    expect(await stored()).toEqual([2, 3]);
    expect(await ask('hourly', 'resume')).toMatchObject({ body: { copy_status: 'running' } });
    await due();
    expect(await stored()).toEqual([2, 2, 3, 3]);
    expect(await ask('adding', 'pause')).toMatchObject({
      status: 400,
      body: { error: "The copy pipe 'adding' has no schedule" },
    });
    expect(await ask('plain', 'pause')).toMatchObject({ status: 404 });
  });
});

describe('connections and variables', () => {
  it('connections are returned as they were sent, and variables can be set but not read', async () => {
    await using folder = await temporaryFolder();
    await using server = await openServer(folder.path);
    const connection = 'TYPE s3\nS3_REGION eu-west-1\nS3_ARN arn:aws:iam::1:role/r\n';
    const reading = `NODE n
SQL >
    %
    SELECT {{ tb_secret('greeting', 'none') }} AS greeting
TYPE endpoint`;
    const built = await server.deploy('/v1/build', { 'files.connection': connection, 'hello.pipe': reading });
    expect(built.body).toMatchObject({ result: 'success' });
    expect((await server.send('/v0/connectors')).body).toMatchObject({
      connectors: [{ name: 'files', service: 's3' }],
    });
    expect((await server.send('/v0/connectors/files.connection')).text).toBe(connection);
    expect((await server.send('/v0/connectors/none.connection')).status).toBe(404);

    const variable = (method: string, path: string, fields?: Record<string, string>) =>
      server.send(`/v0/variables${path}`, {
        method,
        ...(fields === undefined ? {} : { body: new URLSearchParams(fields) }),
      });
    expect(await server.call('hello')).toEqual([{ greeting: 'none' }]);
    expect((await variable('POST', '', { name: 'greeting', value: "it's" })).status).toBe(200);
    expect(await server.call('hello')).toEqual([{ greeting: "it's" }]);
    expect((await variable('POST', '', { name: 'greeting', value: 'x' })).status).toBe(409);
    expect((await variable('PUT', '/greeting', { value: 'hi' })).status).toBe(200);
    expect(await server.call('hello')).toEqual([{ greeting: 'hi' }]);
    expect((await variable('GET', '')).body).toEqual({ variables: [{ name: 'greeting', type: 'secret' }] });
    expect((await variable('DELETE', '/greeting')).status).toBe(200);
    expect((await variable('DELETE', '/greeting')).status).toBe(404);
    expect((await variable('POST', '', { name: 'a b', value: 'x' })).status).toBe(400);
    // A free query cannot read them.
    const free = await server.send('/v0/sql', {
      method: 'POST',
      body: "% SELECT {{ tb_secret('greeting') }}",
    });
    expect(free.status).toBe(400);
  });
});
