import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';
import { totalling, totals } from './datafiles.js';

const counts = `TOKEN feeder APPEND

SCHEMA >
    id UInt32 \`json:$.id\`,
    n UInt64 \`json:$.n\`
ENGINE_SORTING_KEY "id"`;

const landing = `SCHEMA >
    id UInt32 \`json:$.id\`
ENGINE Null`;

const both = `SCHEMA >
    id UInt32
ENGINE_SORTING_KEY "id"`;
const intoBoth = (source: string) => `NODE n
SQL >
    SELECT id FROM ${source}
TYPE materialized
DATASOURCE both`;
const lone = `SCHEMA >
    id UInt32 \`json:$.id\`
ENGINE_SORTING_KEY "id"`;

const reading = `NODE n
SQL >
    SELECT id FROM spare
TYPE endpoint`;

const files = {
  'counts.datasource': counts,
  'totals.datasource': totals,
  'totalling.pipe': totalling('counts', 1),
  'landing.datasource': landing,
  'one.datasource': lone,
  'two.datasource': lone,
  'both.datasource': both,
  'from_one.pipe': intoBoth('one'),
  'from_two.pipe': intoBoth('two'),
  'spare.datasource': lone,
  'reading.pipe': reading,
};

describe('replacing and removing rows', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path, { tokens: { feeder: 'feeding' } });
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  });

  beforeEach(async () => {
    for (const table of ['counts', 'totals'])
      await server.send(`/v0/datasources/${table}/truncate`, { method: 'POST' });
    await server.ingest('counts', [
      { id: 1, n: 10 },
      { id: 2, n: 20 },
      { id: 11, n: 5 },
    ]);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const replace = (table: string, csv: string, more = '') =>
    server.append(table, Buffer.from(csv), `mode=replace&format=csv${more}`);
  const stored = () => server.rows('SELECT id, n FROM counts ORDER BY id');
  const sums = () => server.rows('SELECT id, sum(n) AS n FROM totals GROUP BY id ORDER BY id');
  const before = [
    { id: 1, n: 10 },
    { id: 2, n: 20 },
    { id: 11, n: 5 },
  ];
  const remove = (table: string, fields: Record<string, string>) =>
    server.send(`/v0/datasources/${table}/delete`, { method: 'POST', body: new URLSearchParams(fields) });

  it('a file replaces all rows, and what a materialized view computed from them', async () => {
    expect(await sums()).toEqual([
      { id: 1, n: 15 },
      { id: 2, n: 20 },
    ]);
    expect(await replace('counts', '3,30\n13,7\n')).toMatchObject({
      status: 200,
      body: { successful_rows: 2, quarantined_rows: 0 },
    });
    expect(await stored()).toEqual([
      { id: 3, n: 30 },
      { id: 13, n: 7 },
    ]);
    expect(await sums()).toEqual([{ id: 3, n: 37 }]);
    // The view still works.
    await server.ingest('counts', [{ id: 3, n: 1 }]);
    expect(await sums()).toEqual([{ id: 3, n: 38 }]);
  });

  it('the rows of a Parquet file replace all others, too', async () => {
    const file = await server.parquet('SELECT toUInt32(number) AS id, number AS n FROM numbers(3)');
    expect(await server.append('counts', file, 'mode=replace&format=parquet')).toMatchObject({
      body: { successful_rows: 3 },
    });
    expect(await stored()).toEqual([0, 1, 2].map((id) => ({ id, n: id })));
  });

  it('a file of which no row fits replaces nothing', async () => {
    const answer = await replace('counts', 'x,1\ny,2\n');
    expect(answer).toMatchObject({ status: 400 });
    expect(answer.text).toContain('No row of the file fits, so nothing was replaced');
    expect(await stored()).toEqual(before);
  });

  it('what cannot be replaced is refused, and nothing changes', async () => {
    const refused: [string, string, number, string][] = [
      ['landing', '', 400, 'stores no rows (ENGINE Null)'],
      ['one', '', 400, 'fills "both" from them, which also is filled from "two"'],
      ['counts', '&replace_condition=id%3D1', 501, 'replace_condition is not supported'],
    ];
    for (const [table, more, status, reason] of refused) {
      const answer = await replace(table, '1,1\n', more);
      expect(answer.status, table).toBe(status);
      expect((answer.body as { error: string }).error).toContain(reason);
    }
    const answer = await server.send('/v0/datasources?name=counts&mode=replace&format=csv', {
      method: 'POST',
      token: 'feeding',
      body: '1,1\n',
    });
    expect(answer.status).toBe(403);
    expect(await stored()).toEqual(before);
  });

  it('rows are deleted by a condition, and the job says how many', async () => {
    const answer = await remove('counts', { delete_condition: 'n >= 10 AND id < 10' });
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'done',
        kind: 'delete_data',
        rows_affected: 2,
        delete_condition: 'n >= 10 AND id < 10',
      },
    });
    const { id, job_id, delete_id, job_url } = answer.body as Record<string, string>;
    expect([job_id, delete_id]).toEqual([id, id]);
    expect(await server.send(new URL(job_url ?? '').pathname)).toMatchObject({
      status: 200,
      body: { id, status: 'done', rows_affected: 2 },
    });
    expect(await stored()).toEqual([{ id: 11, n: 5 }]);
  });

  it('a condition may ask other tables', async () => {
    await remove('counts', { delete_condition: 'id IN (SELECT id FROM totals WHERE id = 2)' });
    expect(await stored()).toEqual([
      { id: 1, n: 10 },
      { id: 11, n: 5 },
    ]);
  });

  it('a dry run counts the rows and deletes none', async () => {
    expect(await remove('counts', { delete_condition: 'n > 5', dry_run: 'true' })).toMatchObject({
      status: 200,
      body: { rows_to_be_deleted: 2 },
    });
    expect(await stored()).toEqual(before);
  });

  it.each([
    '',
    '1) OR (1',
    '1), DROP COLUMN n WHERE (1',
    'nothing = 1',
    "file('/etc/passwd') != ''",
    "id IN (SELECT 1 FROM url('http://127.0.0.1:1/', 'CSV', 'x UInt8'))",
    'id IN (SELECT id FROM ws_local.counts)',
    '1; DROP TABLE counts',
  ])('a wrong condition deletes nothing: %s', async (delete_condition) => {
    expect(await remove('counts', { delete_condition })).toMatchObject({ status: 400 });
    expect(await remove('counts', { delete_condition, dry_run: 'true' })).toMatchObject({ status: 400 });
    expect(await stored()).toEqual(before);
  });

  it('a comment in a condition ends with its line', async () => {
    expect(await remove('counts', { delete_condition: 'id = 1 -- OR 1' })).toMatchObject({
      body: { rows_affected: 1 },
    });
  });

  it('a datasource that nothing needs is removed, and one that a pipe reads is not', async () => {
    const drop = (name: string) => server.send(`/v0/datasources/${name}`, { method: 'DELETE' });
    const refused = await drop('spare');
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('reading.pipe');
    expect((await drop('landing')).status).toBe(204);
    expect((await server.send('/v0/datasources/landing')).status).toBe(404);
    expect((await drop('landing')).status).toBe(404);
    expect(await stored()).toEqual(before);
  });

  it('a datasource is created from a schema, with the rows of a file', async () => {
    const schema = encodeURIComponent('id UInt32 `json:$.id`, word String `json:$.word`');
    const create = (more: string) =>
      server.send(`/v0/datasources?mode=create&name=made&format=csv&schema=${schema}${more}`, {
        method: 'POST',
        body: 'id,word\n1,a\n2,b\n',
      });
    expect(await create('&engine_sorting_key=nothing')).toMatchObject({ status: 400 });
    expect(await create('&engine_sorting_key=word')).toMatchObject({
      status: 200,
      body: { successful_rows: 2, datasource: { name: 'made' } },
    });
    expect(await create('')).toMatchObject({ status: 409 });
    expect(await server.rows('SELECT * FROM made ORDER BY id')).toEqual([
      { id: 1, word: 'a' },
      { id: 2, word: 'b' },
    ]);
    expect((await server.send('/v0/datasources/made')).body).toMatchObject({
      engine: { sorting_key: 'word' },
    });
  });
});

describe('a store that is opened again', () => {
  it('a replaced table is the same after a restart', async () => {
    await using data = await temporaryFolder();
    {
      await using first = await openServer(data.path);
      expect(await first.deploy('/v1/build', files)).toMatchObject({ status: 200 });
      await first.ingest('counts', [{ id: 1, n: 1 }]);
      await first.append('counts', Buffer.from('2,2\n'), 'mode=replace&format=csv');
    }
    await using second = await openServer(data.path);
    expect(await second.rows('SELECT id FROM counts')).toEqual([{ id: 2 }]);
    await second.ingest('counts', [{ id: 2, n: 3 }]);
    expect(await second.rows('SELECT id, sum(n) AS n FROM totals GROUP BY id')).toEqual([{ id: 2, n: 5 }]);
  });
});
