import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

/** The service data sources tell what happened on this server: one file, in the order of its tests. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;

const endpoint = (sql: string) => `NODE out\nSQL >\n    ${sql}\nTYPE endpoint\nTOKEN reader READ`;
const files = {
  'visits.datasource':
    'SCHEMA >\n    page String `json:$.page`,\n    n UInt8 `json:$.n`\n\nENGINE MergeTree\n',
  'kept.datasource': 'SCHEMA >\n    page String\n\nENGINE MergeTree\n',
  'pages.pipe': endpoint(
    '%\n    SELECT page FROM visits WHERE page != {{ String(other, "") }} ORDER BY page',
  ),
  'keep.pipe': 'NODE c\nSQL >\n    SELECT page FROM visits\nTYPE copy\nTARGET_DATASOURCE kept\n',
  'calls.pipe': endpoint(
    `SELECT pipe_name, sum(view_count) AS calls, sum(error_count) AS errors, avgMerge(avg_duration_state) > 0 AS took
     FROM tinybird.pipe_stats GROUP BY pipe_name ORDER BY pipe_name`,
  ),
};

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path);
  expect(await server.deploy('/v1/deploy?auto_promote=true', files)).toMatchObject({ status: 200 });
}, 60_000);

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

describe('service data sources', () => {
  it('operations on Data Sources are told with their rows, quarantined ones and errors', async () => {
    await server.ingest('visits', [
      { page: '/a', n: 1 },
      { page: '/b', n: 2 },
      { page: '/c', n: 'x' },
    ]);
    await server.send('/v0/datasources?name=visits&mode=append&format=csv', { method: 'POST', body: '/d,4' });
    await server.send('/v0/pipes/keep/copy', { method: 'POST' });
    const condition = new URLSearchParams({ delete_condition: "page = '/d'" });
    await server.send('/v0/datasources/visits/delete', { method: 'POST', body: condition });
    await server.send('/v0/datasources/kept/truncate', { method: 'POST' });
    const file = { method: 'POST', body: 'neither\nrow' };
    await server.send('/v0/datasources?name=visits&mode=replace&format=ndjson', file);
    expect(
      await server.rows(
        `SELECT event_type AS type, datasource_name AS name, result, rows, rows_quarantine AS bad, pipe_name AS pipe,
           import_id IS NOT NULL AS import, job_id IS NOT NULL AS job, error != '' AS told
         FROM tinybird.datasources_ops_log WHERE event_type != 'create' ORDER BY timestamp, rowNumberInAllBlocks()`,
      ),
    ).toEqual([
      operation('append-hfi', 'visits', { rows: 2, bad: 1 }),
      operation('append', 'visits', { rows: 1, bad: 0, import: 1 }),
      operation('copy', 'kept', { pipe: 'keep', job: 1 }),
      operation('delete_data', 'visits', { rows: 1, job: 1 }),
      operation('truncate', 'kept', {}),
      operation('replace', 'visits', { result: 'error', told: 1 }),
    ]);
    expect(
      await server.rows(
        "SELECT datasource_name AS name FROM tinybird.datasources_ops_log WHERE event_type = 'create' ORDER BY name",
      ),
    ).toEqual([{ name: 'kept' }, { name: 'visits' }]);
  });

  it('calls are told with status, parameters, token and rows, but without the value of the token', async () => {
    const { body } = await server.send('/v0/tokens');
    const { tokens } = body as { tokens: { name: string; token: string }[] };
    const reader = tokens.find(({ name }) => name === 'reader')?.token ?? '';
    await server.send('/v0/pipes/pages.json?other=/a');
    await server.send(`/v0/pipes/pages.ndjson?token=${reader}&x=1`, { token: '' });
    await server.send('/v0/pipes/pages.json?other=1&format=no&q=SELECT%20nope%20FROM%20_');
    await server.send('/v0/sql?q=SELECT%201%20AS%20one');
    // A pipe that does not exist is none, and calls about service data sources are not told.
    await server.send('/v0/pipes/gone.json');
    expect(
      await server.rows(
        `SELECT pipe_name AS pipe, status_code AS status, error, method, parameters, token_name AS token, url,
           result_rows AS result, read_rows >= 0 AS has_read, duration >= 0 AS took
         FROM tinybird.pipe_stats_rt ORDER BY rowNumberInAllBlocks()`,
      ),
    ).toEqual([
      call('pages', '/v0/pipes/pages.json?other=%2Fa', { parameters: { other: '/a' }, result: 1 }),
      call('pages', '/v0/pipes/pages.ndjson?x=1', { parameters: { x: '1' }, result: 2, token: 'reader' }),
      call('pages', '/v0/pipes/pages.json?other=1&format=no&q=SELECT+nope+FROM+_', {
        parameters: { other: '1' },
        status: 400,
        error: 1,
        result: 0,
        has_read: null,
      }),
      call('query_api', '/v0/sql?q=SELECT+1+AS+one', { parameters: { q: 'SELECT 1 AS one' }, result: 1 }),
    ]);
    expect(
      await server.rows(
        'SELECT pipe_name AS pipe, status_code AS status, error FROM tinybird.endpoint_errors',
      ),
    ).toEqual([{ pipe: 'pages', status: 400, error: expect.stringContaining('nope') as unknown }]);
    expect(await server.call('calls')).toEqual([
      { pipe_name: 'pages', calls: 3, errors: 1, took: expect.any(Number) as unknown },
      { pipe_name: 'query_api', calls: 1, errors: 0, took: expect.any(Number) as unknown },
    ]);
  });

  it('jobs, the size of each Data Source, and logs of what never runs here', async () => {
    expect(
      await server.rows('SELECT job_type, status, pipe_name FROM tinybird.jobs_log ORDER BY job_type'),
    ).toEqual([
      { job_type: 'copy', status: 'done', pipe_name: 'keep' },
      { job_type: 'delete_data', status: 'done', pipe_name: '' },
    ]);
    expect(
      await server.rows(
        'SELECT datasource_name AS name, rows, bytes > 0 AS some, rows_quarantine AS bad FROM tinybird.datasources_storage ORDER BY name',
      ),
    ).toEqual([
      { name: 'kept', rows: 0, some: 0, bad: 0 },
      { name: 'visits', rows: 2, some: 1, bad: expect.any(Number) as unknown },
    ]);
    expect(await server.rows('SELECT count() AS n FROM tinybird.kafka_ops_log')).toEqual([{ n: 0 }]);
    expect(await server.send('/v0/sql?q=SELECT%20count()%20FROM%20tinybird.block_log')).toMatchObject({
      status: 501,
    });
  });

  it('only an administrator asks them freely, and their tables have no other name', async () => {
    const { body } = await server.send('/v0/tokens');
    const { tokens } = body as { tokens: { name: string; token: string }[] };
    const token = tokens.find(({ name }) => name === 'reader')?.token ?? '';
    expect(
      await server.send('/v0/sql?q=SELECT%20url%20FROM%20tinybird.pipe_stats_rt', { token }),
    ).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('tinybird.pipe_stats_rt') as unknown },
    });
    expect(await server.send('/v0/pipes/calls.json', { token })).toMatchObject({ status: 200 });
    expect(
      await server.send('/v0/sql?q=SELECT%20url%20FROM%20ws_local__service.pipe_stats_rt'),
    ).toMatchObject({ status: 400 });
  });
});

function operation(type: string, name: string, more: object) {
  return {
    type,
    name,
    result: 'ok',
    rows: null,
    bad: null,
    pipe: '',
    import: 0,
    job: 0,
    told: null,
    ...more,
  };
}

function call(pipe: string, url: string, more: object) {
  return {
    pipe,
    url,
    status: 200,
    error: 0,
    method: 'GET',
    token: 'workspace admin token',
    has_read: 1,
    took: 1,
    ...more,
  };
}
