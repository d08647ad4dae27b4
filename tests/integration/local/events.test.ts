import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const strict = `SCHEMA >
    id UInt32 \`json:$.id\`,
    big Int64 \`json:$.big\` DEFAULT 0,
    at DateTime \`json:$.at\` DEFAULT '2026-01-01 00:00:00',
    word Enum8('a' = 1, 'b' = 2) \`json:$.word\` DEFAULT 'a',
    maybe Nullable(Float64) \`json:$.maybe\`,
    names Array(LowCardinality(String)) \`json:$.names\`,
    amount Decimal(6, 2) \`json:$.amount\` DEFAULT 1.5

ENGINE_SORTING_KEY "id"`;

const free = `SCHEMA >
    id UInt32 \`json:$.id\`,
    doc JSON \`json:$.doc\`,
    text String \`json:$.text\` DEFAULT '1'
ENGINE_SORTING_KEY "id"`;
const parsed = `SCHEMA >
    id UInt32,
    n UInt32
ENGINE_SORTING_KEY "id"`;
const parsing = `NODE n
SQL >
    SELECT id, toUInt32(text) AS n FROM free
TYPE materialized
DATASOURCE parsed`;
const nothing = `SCHEMA >
    id UInt32 \`json:$.id\`
ENGINE Null`;
const counts = `SCHEMA >
    id UInt32,
    n SimpleAggregateFunction(sum, UInt64)
ENGINE "AggregatingMergeTree"
ENGINE_SORTING_KEY "id"`;
const counting = `NODE n
SQL >
    SELECT id, count() AS n FROM nothing GROUP BY id
TYPE materialized
DATASOURCE counts`;

describe('/v0/events', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path);
    const files = {
      'strict.datasource': strict,
      'free.datasource': free,
      'parsed.datasource': parsed,
      'parsing.pipe': parsing,
      'nothing.datasource': nothing,
      'counts.datasource': counts,
      'counting.pipe': counting,
    };
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const post = (body: string, path = '/v0/events?name=strict&wait=true') =>
    server.send(path, { method: 'POST', body });

  it('good rows are stored, the others are quarantined with their reasons', async () => {
    const lines = [
      '{"id":1,"names":["x"],"maybe":null}',
      '{"id":"2","names":[]}',
      '{"names":[]}',
      'not json',
      '{"id":5,"names":null}',
      '{"id":6,"names":["y"],"big":9223372036854775807,"word":"b","amount":"9999.99","at":"2026-01-20T18:51:37.686Z"}',
    ];
    expect(await post(lines.join('\n'))).toMatchObject({
      status: 200,
      body: { successful_rows: 2, quarantined_rows: 4 },
    });
    const sql =
      'SELECT id, toString(big) AS big, at, word, maybe, names, toString(amount) AS amount FROM strict ORDER BY id';
    expect(await server.rows(sql)).toEqual([
      { id: 1, big: '0', at: '2026-01-01 00:00:00', word: 'a', maybe: null, names: ['x'], amount: '1.5' },
      {
        id: 6,
        big: '9223372036854775807',
        at: '2026-01-20 18:51:37',
        word: 'b',
        maybe: null,
        names: ['y'],
        amount: '9999.99',
      },
    ]);
    const quarantined = await server.rows(
      "SELECT id, c__error_column AS columns, c__error[1] AS reason, insertion_date > '2026-01-01' AS dated FROM strict_quarantine ORDER BY reason",
    );
    expect(quarantined).toMatchObject([
      { id: null, columns: [''], reason: expect.stringContaining('Invalid JSON') as string, dated: 1 },
      {
        id: '5',
        columns: ['names'],
        reason: expect.stringContaining("Column 'names' is not Nullable") as string,
      },
      { id: null, columns: ['id'], reason: expect.stringContaining("does not have column 'id'") as string },
      { id: '2', columns: ['id'], reason: "value '2' on column 'id' is not UInt32" },
    ]);
  });

  it('a row that only the engine can refuse is quarantined, the others are stored', async () => {
    const rows = [
      { id: 1, doc: { a: 1 } },
      // The same path twice is valid JSON, but not valid for a JSON column.
      { id: 2, doc: { a: { b: 1 }, 'a.b': 2 } },
      { id: 3, doc: {} },
    ];
    expect(await server.ingest('free', rows)).toEqual({ successful_rows: 2, quarantined_rows: 1 });
    expect(await server.rows('SELECT id FROM free ORDER BY id')).toEqual([{ id: 1 }, { id: 3 }]);
    expect(await server.rows('SELECT id, c__error[1] AS reason FROM free_quarantine')).toEqual([
      { id: '2', reason: expect.stringContaining('Duplicate path found') as string },
    ]);
  });

  it('if only a view over the rows fails, the answer says that the rows are stored, once', async () => {
    const body = '{"id":10,"doc":{},"text":"7"}\n{"id":11,"doc":{},"text":"no number"}';
    expect(await post(body, '/v0/events?name=free&wait=true')).toMatchObject({
      status: 422,
      body: { error: expect.stringContaining('a materialized view over them failed') as string },
    });
    expect(await server.rows('SELECT count() AS n FROM free WHERE id >= 10')).toEqual([{ n: 2 }]);
  });

  it('one object over several lines is accepted, and without wait the answer is 202', async () => {
    const body = JSON.stringify({ id: 100, names: [] }, null, 2);
    expect(await post(body, '/v0/events?name=strict')).toMatchObject({
      status: 202,
      body: { successful_rows: 1, quarantined_rows: 0 },
    });
    expect(await post('')).toMatchObject({ status: 200, body: { successful_rows: 0, quarantined_rows: 0 } });
  });

  it('a view of a datasource that stores nothing is filled', async () => {
    await server.ingest('nothing', [{ id: 1 }, { id: 1 }, { id: 2 }]);
    expect(await server.rows('SELECT id, sum(n) AS n FROM counts GROUP BY id ORDER BY id')).toEqual([
      { id: 1, n: 2 },
      { id: 2, n: 1 },
    ]);
    expect((await post('{"id":1}', '/v0/events?name=counts')).status).toBe(400);
  });

  it('no row is lost or duplicated when many clients send at once', async () => {
    const before = (await server.rows('SELECT count() AS n FROM strict')) as [{ n: number }];
    const batch = (start: number) =>
      server.ingest(
        'strict',
        Array.from({ length: 20 }, (_, n) => ({ id: start + n, names: ['z'] })),
      );
    const starts = Array.from({ length: 30 }, (_, n) => 10_000 + n * 20);
    const results = await Promise.all([...starts.map(batch), post('{"id":-1,"names":[]}')]);
    expect(results.slice(0, -1)).toEqual(starts.map(() => ({ successful_rows: 20, quarantined_rows: 0 })));
    expect(
      await server.rows('SELECT count() AS n, uniqExact(id) AS ids FROM strict WHERE id >= 10000'),
    ).toEqual([{ n: 600, ids: 600 }]);
    expect(await server.rows('SELECT count() AS n FROM strict')).toEqual([{ n: before[0].n + 600 }]);
  });

  it('ten thousand rows are accepted in one request', async () => {
    const rows = Array.from({ length: 10_000 }, (_, n) => ({
      id: 100_000 + n,
      names: ['a', 'b'],
      maybe: n / 2,
    }));
    expect(await server.ingest('strict', rows)).toEqual({ successful_rows: 10_000, quarantined_rows: 0 });
    expect(await server.rows('SELECT count() AS n, sum(maybe) AS s FROM strict WHERE id >= 100000')).toEqual([
      // 0 + 0.5 + … + 4999.5
      { n: 10_000, s: 24_997_500 },
    ]);
  });

  it('truncating a datasource keeps its quarantine, and new rows are stored', async () => {
    expect((await server.send('/v0/datasources/nothing/truncate', { method: 'POST' })).status).toBe(200);
    expect((await server.send('/v0/datasources/strict/truncate', { method: 'POST' })).status).toBe(200);
    expect(await server.rows('SELECT count() AS n FROM strict')).toEqual([{ n: 0 }]);
    expect(await server.rows('SELECT count() > 0 AS n FROM strict_quarantine')).toEqual([{ n: 1 }]);
  });
});
