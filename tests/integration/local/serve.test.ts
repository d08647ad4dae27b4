import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalServerError, startLocalServer } from '../../../src/local/index.js';
import { parquetRows } from '../../helpers/parquet.js';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const events = `SCHEMA >
    id UInt64 \`json:$.id\`,
    at DateTime64(3, 'UTC') \`json:$.at\`,
    kind LowCardinality(String) \`json:$.kind\`,
    note LowCardinality(Nullable(String)) \`json:$.note\`,
    tags Array(String) \`json:$.tags\` DEFAULT [],
    props Map(String, String) \`json:$.props\` DEFAULT {},
    small Int16 \`json:$.small\` DEFAULT 5

ENGINE "ReplacingMergeTree"
ENGINE_SORTING_KEY "id"
ENGINE_PARTITION_KEY "toYYYYMM(at)"
ENGINE_VER "small"
TOKEN writer APPEND
TOKEN reader READ`;

const kinds = `NODE chosen
SQL >
    %
    SELECT * FROM events FINAL
    WHERE 1
    {% if defined(kind) %} AND kind = {{ String(kind, required=False) }} {% else %} AND kind != 'hidden' {% end %}
    {% if defined(since) %} AND at >= {{ DateTime(since) }} {% end %}

NODE counted
SQL >
    %
    SELECT kind, count() AS rows, max(id) AS newest
    FROM chosen
    GROUP BY kind
    ORDER BY kind
    LIMIT {{ Int32(limit, 10) }}

TYPE endpoint
TOKEN reader READ`;

const doubled = `NODE both
SQL >
    WITH more AS (SELECT kind, rows * 2 AS rows FROM kinds)
    SELECT kind, rows FROM more WHERE kind IN (SELECT kind FROM kinds) ORDER BY kind
TYPE endpoint`;

const at = '2026-01-01 00:00:00.000';
const row = (id: number, kind: string, more: object = {}) => ({ id, at, kind, ...more });

describe('the embedded server', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path, { tokens: { writer: 'write-value', reader: 'read-value' } });
    const files = { 'events.datasource': events, 'kinds.pipe': kinds, 'doubled.pipe': doubled };
    expect(await server.deploy('/v1/build', files)).toMatchObject({
      status: 200,
      body: {
        result: 'success',
        build: {
          new_datasource_names: ['events'],
          new_pipe_names: ['kinds', 'doubled'],
          deleted_pipe_names: [],
        },
      },
    });
    // Id 1 twice: the higher version wins.
    const rows = [
      row(1, 'a', { small: 1 }),
      row(1, 'b', { small: 2 }),
      row(2, 'b'),
      row(3, 'c'),
      row(4, 'hidden'),
    ];
    expect(await server.ingest('events', rows)).toEqual({ successful_rows: 5, quarantined_rows: 0 });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('an endpoint answers in ClickHouse’s JSON, with true types and bare 64-bit integers', async () => {
    const { status, body } = await server.send('/v0/pipes/kinds.json?from=ts-sdk');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      meta: [
        { name: 'kind', type: 'LowCardinality(String)' },
        { name: 'rows', type: 'UInt64' },
        { name: 'newest', type: 'UInt64' },
      ],
      data: [
        { kind: 'b', rows: 2, newest: 2 },
        { kind: 'c', rows: 1, newest: 3 },
      ],
      rows: 2,
      rows_before_limit_at_least: 2,
      statistics: { rows_read: expect.any(Number) as number },
    });
  });

  it('parameters are accepted in the query and in the body', async () => {
    expect(await server.call('kinds', '?kind=hidden')).toEqual([{ kind: 'hidden', rows: 1, newest: 4 }]);
    expect(await server.call('kinds', '?limit=1')).toHaveLength(1);
    expect(await server.call('kinds', '?since=2027-01-01%2000:00:00')).toEqual([]);
    const posted = await server.send('/v0/pipes/kinds.json', { method: 'POST', body: '{"kind":"c"}' });
    expect(posted.body).toMatchObject({ data: [{ kind: 'c', rows: 1 }] });
  });

  it('a pipe can read another pipe', async () => {
    expect(await server.call('doubled')).toEqual([
      { kind: 'b', rows: 4 },
      { kind: 'c', rows: 2 },
    ]);
  });

  it('CSV and NDJSON are supported', async () => {
    expect((await server.send('/v0/pipes/kinds.csv?kind=c')).text).toBe('"kind","rows","newest"\n"c",1,3\n');
    expect((await server.send('/v0/pipes/kinds.ndjson?kind=c')).text).toBe(
      '{"kind":"c","rows":1,"newest":3}\n',
    );
    expect((await server.send('/v0/pipes/kinds.prometheus')).status).toBe(400);
  });

  it('Parquet is supported, and the engine can read it back', async () => {
    for (const path of ['/v0/pipes/kinds.parquet', '/v0/sql?q=SELECT+*+FROM+kinds+FORMAT+Parquet']) {
      const answer = await fetch(server.local.url + path, { headers: { authorization: 'Bearer local' } });
      expect(answer.headers.get('content-type')).toBe('application/vnd.apache.parquet');
      const file = join(folder.path, 'kinds.parquet');
      writeFileSync(file, new Uint8Array(await answer.arrayBuffer()));
      expect(await parquetRows(file)).toEqual([
        { kind: 'b', rows: 2, newest: 2 },
        { kind: 'c', rows: 1, newest: 3 },
      ]);
    }
  });

  it('64-bit integers are quoted on request', async () => {
    const { body } = await server.send(
      '/v0/pipes/kinds.json?kind=c&output_format_json_quote_64bit_integers=1',
    );
    expect(body).toMatchObject({ data: [{ rows: '1', newest: '3' }] });
  });

  it('an invalid call is explained', async () => {
    expect(await server.send('/v0/pipes/kinds.json?limit=many')).toMatchObject({
      status: 400,
      body: { error: "Template Syntax Error: Error validating 'many' to type Int32" },
    });
    expect((await server.send('/v0/pipes/nope.json')).status).toBe(404);
  });

  it('SQL is accepted as body, as form and in the query, with or without FORMAT', async () => {
    const sql = 'SELECT count() AS n FROM events FINAL';
    expect(await server.rows(sql)).toEqual([{ n: 4 }]);
    const form = await server.send('/v0/sql', { method: 'POST', body: new URLSearchParams({ q: sql }) });
    expect(form.body).toMatchObject({ data: [{ n: 4 }] });
    const query = `/v0/sql?q=${encodeURIComponent(`${sql} FORMAT JSONEachRow`)}`;
    expect((await server.send(query)).text).toBe('{"n":4}\n');
    expect((await server.send('/v0/sql?pipeline=kinds&q=SELECT+count()+AS+n+FROM+_')).body).toMatchObject({
      data: [{ n: 2 }],
    });
    expect((await server.send('/v0/pipes/kinds.json?q=SELECT+sum(rows)+AS+n+FROM+_')).body).toMatchObject({
      data: [{ n: 3 }],
    });
  });

  it('a query can set how it is computed', async () => {
    const sql =
      'SELECT b.x AS x FROM (SELECT 1 AS k) AS a LEFT JOIN (SELECT 2 AS k, 3 AS x) AS b ON a.k = b.k SETTINGS join_use_nulls = 1';
    expect(await server.rows(sql)).toEqual([{ x: null }]);
    expect(await server.rows(sql.replace('join_use_nulls = 1', 'join_use_nulls = 0'))).toEqual([{ x: 0 }]);
    const several =
      "SELECT * FROM (SELECT 1 AS a SETTINGS final = 1) SETTINGS max_threads = 2, join_algorithm = 'hash', extremes = 0";
    expect(await server.rows(several)).toEqual([{ a: 1 }]);
    const post = (body: string) => server.send('/v0/sql', { method: 'POST', body });
    expect(await post("SELECT 1 SETTINGS max_threads = 'many'")).toMatchObject({ status: 400 });
    // The settings of a query cannot make its session writable.
    expect(await server.rows("SELECT getSetting('readonly') AS r SETTINGS max_threads = 1")).toEqual([
      { r: 1 },
    ]);
    expect(
      (
        await server.send(
          "/v0/sql?output_format_json_quote_64bit_integers=1&q=SELECT+toUInt64(getSetting('readonly'))+AS+r",
        )
      ).body,
    ).toMatchObject({ data: [{ r: '1' }] });
  });

  it.each([
    'INSERT INTO events SELECT 1',
    'DROP TABLE events',
    'SELECT 1; SELECT 2',
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "SELECT file('/etc/passwd')",
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "SELECT * FROM remote('127.0.0.1', 'system.one')",
    "SELECT * FROM merge('ws_local', '.*')",
    "SELECT 1 INTO OUTFILE '/tmp/never'",
    'SELECT * FROM `/etc/passwd`',
    "SELECT * FROM '/etc/passwd'",
    "SELECT 1 WHERE '' IN `/etc/passwd` SETTINGS max_threads = 1",
    "SELECT 1 WHERE '' IN ws_local.events",
    'SELECT * FROM ws_local.events',
    'SELECT * FROM system.users',
    'SELECT 1 SETTINGS readonly = 0',
    'SELECT 1 SETTINGS max_threads = 1, "max_memory_usage" = 0',
    "SELECT ‘'’ AS q, line FROM file(‘/etc/passwd’,‘LineAsString’) WHERE line != ‘'’",
    "SELECT `\\x66ile`('/etc/passwd')",
    "SELECT 1 WHERE '' IN `\\x77s_local`.events",
    'SELECT in(1, (ws_local.events))',
    'SELECT in(1, ws_local.events)',
    "SELECT aiGenerate('x')",
    'SELECT * FROM ws_local.events SETTINGS max_threads = 1',
    'SELECT * FROM nowhere_to_be_found',
  ])('the query is refused: %s', async (sql) => {
    const { status, body } = await server.send('/v0/sql', { method: 'POST', body: sql });
    expect(status).toBe(400);
    expect(body).toHaveProperty('error');
  });

  it('after a query that failed halfway, the next one gets a clean answer', async () => {
    const failing =
      'SELECT number, throwIf(number = 150000) FROM numbers(200000) SETTINGS max_block_size = 10';
    const failures = Array.from({ length: 6 }, () =>
      server.send('/v0/sql', { method: 'POST', body: failing }),
    );
    const fine = Array.from({ length: 12 }, (_, n) => server.rows(`SELECT ${n} AS n`));
    for (const { status } of await Promise.all(failures)) expect(status).toBe(400);
    expect(await Promise.all(fine)).toEqual(Array.from({ length: 12 }, (_, n) => [{ n }]));
    for (let n = 0; n < 6; n += 1) {
      await server.send('/v0/sql', { method: 'POST', body: 'SELECT throwIf(number = 3) FROM numbers(9)' });
      expect(await server.rows(`SELECT ${n} AS n`)).toEqual([{ n }]);
    }
  });

  it('without a token, only the identity of the server is readable', async () => {
    expect(await server.send('/health', { token: '' })).toMatchObject({
      status: 200,
      body: { status: 'ok', workspace: 'local', deployed: true },
    });
    expect((await server.send('/tokens', { token: '' })).status).toBe(200);
    expect((await server.send('/v0/sql?q=SELECT+1', { token: '' })).status).toBe(401);
    expect((await server.send('/v0/sql?q=SELECT+1&token=any', { token: '' })).status).toBe(200);
  });

  it('a named token is limited to its scopes', async () => {
    const post = (token: string) =>
      server.send('/v0/events?name=events', { method: 'POST', token, body: '{"id":"x"}' });
    expect((await post('write-value')).status).toBe(202);
    expect(await post('read-value')).toMatchObject({
      status: 403,
      body: { error: 'Token "reader" lacks the scope DATASOURCES:APPEND on "events"' },
    });
    const get = async (path: string, token: string) => (await server.send(path, { token })).status;
    expect(await get('/v0/pipes/kinds.json', 'read-value')).toBe(200);
    expect(await get('/v0/pipes/doubled.json', 'read-value')).toBe(403);
    expect(await get('/v0/pipes/kinds.json', 'write-value')).toBe(403);
    expect(await get('/v0/sql?q=SELECT+count()+FROM+events', 'read-value')).toBe(200);
    expect(await get('/v0/sql?q=SELECT+count()+FROM+events', 'write-value')).toBe(403);
    expect(await get('/v0/sql?q=SELECT+count()+FROM+doubled', 'read-value')).toBe(403);
    expect(await get('/v0/tokens', 'read-value')).toBe(403);
    expect((await server.send('/v1/build', { method: 'POST', token: 'write-value' })).status).toBe(403);
    expect(await get('/v0/pipes/kinds.json', 'p.named.made-up')).toBe(403);
  });

  it('named tokens are listed with their scopes', async () => {
    const { body } = await server.send('/v0/tokens');
    expect((body as { tokens: unknown[] }).tokens).toContainEqual({
      id: 'reader',
      name: 'reader',
      token: 'read-value',
      scopes: [
        { type: 'DATASOURCES:READ', resource: 'events' },
        { type: 'PIPES:READ', resource: 'kinds' },
      ],
    });
  });

  it('the server also answers in its own process', async () => {
    const request = new Request(`${server.local.url}/v0/sql?q=SELECT+7+AS+n`, {
      headers: { authorization: `Bearer ${server.local.adminToken}` },
    });
    const response = await server.local.fetch(request);
    expect(await response.json()).toMatchObject({ data: [{ n: 7 }] });
  });

  it('gzip is accepted, and a body that is too large is refused, compressed or not', async () => {
    const send = (body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string> = {}) =>
      server.send('/v0/events?name=events&wait=true', { method: 'POST', body, headers });
    const gzip = { 'content-encoding': 'gzip' };
    const packed = new Uint8Array(gzipSync(JSON.stringify(row(50, 'zipped'))));
    expect(await send(packed, gzip)).toMatchObject({ status: 200, body: { successful_rows: 1 } });
    expect((await send('nonsense', gzip)).status).toBe(400);
    expect((await send('x'.repeat(10_000_001))).status).toBe(413);
    expect((await send(new Uint8Array(gzipSync('x'.repeat(10_000_001))), gzip)).status).toBe(413);
  });

  it('an unknown datasource and a missing name are errors', async () => {
    const post = async (path: string) => (await server.send(path, { method: 'POST', body: '{}' })).status;
    expect(await post('/v0/events?name=nope')).toBe(404);
    expect(await post('/v0/events?name=')).toBe(400);
    expect(await post('/v0/events')).toBe(400);
    expect((await server.send('/v9/nothing')).status).toBe(404);
  });

  it('a clear error says that the folder is in use', async () => {
    const start = startLocalServer({ dataDir: folder.path, port: 0 });
    await expect(start).rejects.toThrow(LocalServerError);
    await expect(start).rejects.toMatchObject({
      code: 'DATA_DIR_LOCKED',
      message: expect.stringContaining(`in use by process ${process.pid}`) as string,
    });
  });
});
