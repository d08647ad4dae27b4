import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

/** The service data sources tell what happened on this server: one file, in the order of its tests. */
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;

let cleanings = 0;
/** Hides a word, and whatever is called a password. */
function clean(value: unknown): unknown {
  cleanings += 1;
  if (typeof value === 'string') return value.replaceAll('hush', '***');
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, name === 'password' ? '***' : clean(member)]),
  );
}

const endpoint = (sql: string) => `NODE out\nSQL >\n    ${sql}\nTYPE endpoint\nTOKEN reader READ`;
const files = {
  'visits.datasource':
    'SCHEMA >\n    page String `json:$.page`,\n    n UInt8 `json:$.n`\n\nENGINE MergeTree\n',
  'kept.datasource': 'SCHEMA >\n    page String\n\nENGINE MergeTree\n',
  'pages.pipe': endpoint(
    '%\n    SELECT page FROM visits WHERE page != {{ String(other, "") }} ORDER BY page',
  ),
  'keep.pipe': 'NODE c\nSQL >\n    SELECT page FROM visits\nTYPE copy\nTARGET_DATASOURCE kept\n',
  'guarded.pipe': endpoint('%\n    SELECT {{ Int32(password, 1) }} AS n'),
  'calls.pipe': endpoint(
    `SELECT pipe_name, sum(view_count) AS calls, sum(error_count) AS errors, avgMerge(avg_duration_state) > 0 AS took
     FROM tinybird.pipe_stats GROUP BY pipe_name ORDER BY pipe_name`,
  ),
};

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path, { clean });
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

const kinds = ['pipe_stats_rt', 'endpoint_errors', 'datasources_ops_log', 'jobs_log'] as const;

describe('what is kept of what clients send', () => {
  it.each(['main', 'another'])(
    'it is cleaned once, also by the names of parameters, in the %s workspace',
    async (which) => {
      let token = 'local';
      if (which === 'another') {
        const { body } = await server.send('/v1/workspaces', {
          method: 'POST',
          body: new URLSearchParams({ name: 'another' }),
        });
        token = (body as { token: string }).token;
        const form = new FormData();
        for (const [name, text] of Object.entries(files))
          form.append('data_project://', new File([text], name, { type: 'text/plain' }));
        expect(
          await server.send('/v1/deploy?auto_promote=true', { method: 'POST', body: form, token }),
        ).toMatchObject({ status: 200 });
      }
      const rowsOf = async (sql: string): Promise<unknown[]> => {
        const { body } = await server.send('/v0/sql', { method: 'POST', body: sql, token });
        return (body as { data: unknown[] }).data;
      };
      await server.send('/v0/pipes/pages.json?password=hunter2&password=hunter2&other=hush', { token });
      // The error of a call names the value that it refuses.
      const refused = await server.send('/v0/pipes/guarded.json?password=hunter2', { token });
      expect(refused).toMatchObject({
        status: 400,
        body: { error: expect.stringContaining('hunter2') as unknown },
      });
      const condition = new URLSearchParams({ delete_condition: "page = 'hush'" });
      await server.send('/v0/datasources/visits/delete', { method: 'POST', body: condition, token });
      const wrong = new URLSearchParams({ delete_condition: 'hush = 1' });
      await server.send('/v0/datasources/visits/delete', { method: 'POST', body: wrong, token });

      const jobs = await server.send('/v0/jobs', { token });
      expect(jobs.text).toContain("page = '***'");
      expect(jobs.text).not.toContain('hush');

      const cleanedBefore = cleanings;
      for (const kind of kinds) {
        const found = JSON.stringify(await rowsOf(`SELECT * FROM tinybird.${kind}`));
        expect(found, kind).toContain('***');
        expect(found, kind).not.toMatch(/hunter2|hush/);
      }
      const once = cleanings;
      expect(once).toBeGreaterThan(cleanedBefore);
      await rowsOf('SELECT * FROM tinybird.jobs_log');
      // Only the query that reads the log is new.
      expect(cleanings - once).toBeLessThan(10);
      expect(
        await rowsOf(
          "SELECT url, parameters FROM tinybird.pipe_stats_rt WHERE has(mapKeys(parameters), 'password') ORDER BY rowNumberInAllBlocks()",
        ),
      ).toMatchObject([
        {
          url: expect.stringMatching(/^\/v0\/pipes\/pages\.json\?password=\S+&other=\S+$/) as unknown,
          parameters: { password: '***', other: '***' },
        },
        { url: '/v0/pipes/guarded.json?password=***', parameters: { password: '***' } },
      ]);
    },
  );

  it('it is cut, and the parameters that are left out are counted', async () => {
    const form = new URLSearchParams({ q: 'SELECT nope FROM _', long: 'x'.repeat(50_000) });
    for (let one = 0; one < 150; one += 1) form.set(`p${one}`, 'y'.repeat(100));
    await server.send('/v0/pipes/pages.json', { method: 'POST', body: form });
    const [row] = (await server.rows(
      `SELECT params, parameters FROM tinybird.endpoint_errors AS e JOIN tinybird.pipe_stats_rt AS s USING request_id
       WHERE position(params, 'yyy') > 0`,
    )) as { params: string; parameters: Record<string, string> }[];
    const { long, ...others } = row?.parameters ?? {};
    // 4,000 characters: 2,001 and the name of four, then 19 of 100 with names of two or three.
    expect(long).toBe(`${'x'.repeat(2_000)}…`);
    expect(others['…']).toBe('131 more');
    expect(Object.keys(others)).toHaveLength(20);
    expect(JSON.parse(row?.params ?? '')).toEqual(row?.parameters);
  });

  it('failed calls with much text do not fill the memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const used = async () => {
      // What the requests still hold is let go in the next turns.
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        collect();
      }
      const { heapUsed, external } = process.memoryUsage();
      return (heapUsed + external) / 1e6;
    };
    const call = () => {
      const form = new URLSearchParams({ q: 'SELECT nope FROM _', long: 'x'.repeat(2e6) });
      return server.send('/v0/pipes/pages.json', { method: 'POST', body: form });
    };
    expect(await call()).toMatchObject({ status: 400 });
    const before = await used();
    for (let one = 0; one < 20; one += 1) await call();
    // 20 calls sent 40 MB.
    expect((await used()) - before).toBeLessThan(20);
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
