import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { TinybirdApi } from '@tinybirdco/sdk';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const events = `TOKEN feeder APPEND

SCHEMA >
    id UInt32 \`json:$.id\`,
    name String \`json:$.name\`,
    cost Nullable(Float64) \`json:$.cost\`,
    at DateTime \`json:$.at\` DEFAULT '2026-01-01 00:00:00',
    tags Array(String) \`json:$.tags[:]\` DEFAULT []
ENGINE_SORTING_KEY "id"`;

/** A table that takes no events, only files. */
const plain = `SCHEMA >
    id UInt32,
    word LowCardinality(String)
ENGINE_SORTING_KEY "id"`;

describe('files of CSV', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path, { tokens: { feeder: 'feeding' }, maxFileBytes: 2_000_000 });
    const files = { 'events.datasource': events, 'plain.datasource': plain };
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  });

  beforeEach(async () => {
    for (const table of ['events', 'plain'])
      await server.send(`/v0/datasources/${table}/truncate`, { method: 'POST' });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const append = (text: string | Buffer, more = '', table = 'events') =>
    server.append(table, Buffer.from(text), `mode=append&format=csv${more}`);
  const all = 'SELECT * FROM events ORDER BY id';
  const reasons = async (table: string, answer: { body: unknown }) =>
    server.rows(
      `SELECT id, c__error_column AS columns, c__error AS reasons FROM ${table}_quarantine WHERE c__import_id = '${(answer.body as { import_id: string }).import_id}' ORDER BY c__error`,
    );

  it('a file with a header is stored by the names of its columns', async () => {
    const csv = 'name,id,tags,cost,unknown\r\n"a, ""b""",1,"[""x""]",1.5,u\r\nc,2,,,\r\n';
    expect(await append(csv)).toMatchObject({
      status: 200,
      body: { successful_rows: 2, quarantined_rows: 0, datasource: { name: 'events' }, error: false },
    });
    expect(await server.rows(all)).toEqual([
      { id: 1, name: 'a, "b"', cost: 1.5, at: '2026-01-01 00:00:00', tags: ['x'] },
      { id: 2, name: 'c', cost: null, at: '2026-01-01 00:00:00', tags: [] },
    ]);
  });

  it('a file without a header is stored in the order of the columns', async () => {
    expect(await append("1,a,0.5,2026-02-03 04:05:06,['x']\n2,b,,,")).toMatchObject({
      body: { successful_rows: 2, quarantined_rows: 0 },
    });
    expect(await server.rows(all)).toEqual([
      { id: 1, name: 'a', cost: 0.5, at: '2026-02-03 04:05:06', tags: ['x'] },
      { id: 2, name: 'b', cost: null, at: '2026-01-01 00:00:00', tags: [] },
    ]);
  });

  it('a row that does not fit is quarantined with its reason, and the others are stored', async () => {
    const answer = await append('id,name,cost\n1,a,x\n-2,b,1\n3,c,1\n4,d\n,e,1\n5,"torn');
    expect(answer.body).toMatchObject({ successful_rows: 1, quarantined_rows: 5 });
    expect(await server.rows('SELECT id FROM events')).toEqual([{ id: 3 }]);
    expect(await reasons('events', answer)).toEqual([
      { id: null, columns: [''], reasons: ['The row ends inside quotes: ["5","torn"]'] },
      { id: null, columns: [''], reasons: ['The row has 2 values, 3 are expected: ["4","d"]'] },
      { id: '', columns: ['id'], reasons: ["value '' on column 'id' is not UInt32"] },
      { id: '-2', columns: ['id'], reasons: ["value '-2' on column 'id' is not UInt32"] },
      { id: '1', columns: ['cost'], reasons: ["value 'x' on column 'cost' is not Nullable(Float64)"] },
    ]);
  });

  it('a column that a file lacks gets its default, or is the reason for quarantine', async () => {
    const answer = await append('id,cost\n1,2\n');
    expect(answer.body).toMatchObject({ successful_rows: 0, quarantined_rows: 1 });
    expect(await reasons('events', answer)).toMatchObject([
      { reasons: ["The file has no column 'name', which is not Nullable and has no default"] },
    ]);
  });

  it('a table without JSON paths takes files, and has a quarantine from its first bad row on', async () => {
    expect(await server.send('/v0/sql?q=SELECT+*+FROM+plain_quarantine')).toMatchObject({ status: 400 });
    const answer = await append('1,a\nx,b\n', '', 'plain');
    expect(answer.body).toMatchObject({ successful_rows: 1, quarantined_rows: 1 });
    expect(await server.rows('SELECT * FROM plain')).toEqual([{ id: 1, word: 'a' }]);
    expect(await reasons('plain', answer)).toMatchObject([{ id: 'x', columns: ['id'] }]);
  });

  it('the dialect is given by parameters', async () => {
    const csv = "1|a\\|b|1.5|\\N|['x']~2|c|||~";
    const dialect = '&dialect_delimiter=%7C&dialect_new_line=~&dialect_escapechar=%5C';
    // The escape character takes the N of \N out of its role, so that cell is the text N.
    expect((await append(csv, dialect)).body).toMatchObject({ successful_rows: 1, quarantined_rows: 1 });
    expect(await server.rows('SELECT id, name FROM events')).toEqual([{ id: 2, name: 'c' }]);
    expect((await append('1;a;1.5;;\n')).body).toMatchObject({ successful_rows: 1 });
    expect(await append('1', '&dialect_delimiter=ab')).toMatchObject({
      status: 400,
      body: { error: 'dialect_delimiter is one character, not "ab"' },
    });
  });

  it('gzip is accepted as a file and as an encoding, and the limit holds for what is unpacked', async () => {
    const packed = gzipSync('id,name\n1,a\n');
    expect((await append(packed)).body).toMatchObject({ successful_rows: 1 });
    const encoded = await server.send('/v0/datasources?name=events&mode=append&format=csv', {
      method: 'POST',
      headers: { 'content-encoding': 'gzip' },
      body: new Uint8Array(packed),
    });
    expect(encoded.body).toMatchObject({ successful_rows: 1 });
    expect(await append(gzipSync('x'.repeat(2_000_001)))).toMatchObject({ status: 413 });
    expect(await append(packed.subarray(0, 15))).toMatchObject({
      status: 400,
      body: { error: 'The file is not a whole gzip file' },
    });
  });

  it('more rows than are checked at a time are all stored', async () => {
    const csv = Array.from({ length: 12_000 }, (_, n) => `${n},n${n},,,`).join('\n');
    expect((await append(csv)).body).toMatchObject({ successful_rows: 12_000, quarantined_rows: 0 });
    expect(
      await server.rows('SELECT count() AS n, uniqExact(id) AS ids, max(id) AS last FROM events'),
    ).toEqual([{ n: 12_000, ids: 12_000, last: 11_999 }]);
  });

  it('the official client appends a CSV file, and the file’s name says its format', async () => {
    const api = new TinybirdApi({ baseUrl: server.local.url, token: server.local.adminToken });
    const path = `${folder.path}/rows.csv`;
    const { writeFile } = await import('node:fs/promises');
    await writeFile(path, 'id,name\n1,a\n');
    expect(await api.appendDatasource('events', { file: path })).toMatchObject({ successful_rows: 1 });
    const form = new FormData();
    form.append('csv', new Blob(['{"id":2,"name":"b"}\n']), 'rows.ndjson');
    const named = await server.send('/v0/datasources?name=events&mode=append', {
      method: 'POST',
      body: form,
    });
    expect(named.body).toMatchObject({ successful_rows: 1, quarantined_rows: 0 });
  });

  describe('by address', () => {
    let files: Server;
    let address: string;

    beforeAll(async () => {
      files = createServer((request, response) => {
        if (request.url === '/rows.csv') response.end('id,name\n7,seven\n');
        else if (request.url === '/rows.ndjson.gz') response.end(gzipSync('{"id":8,"name":"eight"}\n'));
        else if (request.url === '/large.csv') response.end('x'.repeat(2_000_001));
        else if (request.url === '/away') response.writeHead(302, { location: 'http://192.0.2.1/' }).end();
        else response.writeHead(404).end();
      });
      await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
      address = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
    });

    afterAll(() => void files.close());

    const post = (url: string, token?: string) =>
      server.send('/v0/datasources?name=events&mode=append', {
        method: 'POST',
        body: new URLSearchParams({ url }),
        ...(token === undefined ? {} : { token }),
      });

    it('a file on this machine is fetched, and its name says its format', async () => {
      expect(await post(`${address}/rows.csv`, 'feeding')).toMatchObject({ body: { successful_rows: 1 } });
      expect(await post(`${address}/rows.ndjson.gz`)).toMatchObject({ body: { successful_rows: 1 } });
      expect(await server.rows('SELECT id, name FROM events ORDER BY id')).toEqual([
        { id: 7, name: 'seven' },
        { id: 8, name: 'eight' },
      ]);
    });

    it('no other machine is asked, not even by a redirect, and what fails is explained', async () => {
      const refused: [string, number, string][] = [
        ['http://192.0.2.1/x.csv', 400, 'from this machine only'],
        ['http://localhost.example.com/x.csv', 400, 'from this machine only'],
        ['http://127.0.0.1@192.0.2.1/x.csv', 400, 'from this machine only'],
        ['file:///etc/passwd', 400, 'is not an http address'],
        ['nonsense', 400, 'is not an http address'],
        [`${address}/away`, 400, 'cannot be fetched'],
        [`${address}/none.csv`, 400, 'answers 404'],
        ['http://127.0.0.1:1/x.csv', 400, 'cannot be fetched'],
        [`${address}/large.csv`, 413, 'larger than 2000000 bytes'],
      ];
      for (const [url, status, reason] of refused) {
        const answer = await post(url);
        expect(answer.status, url).toBe(status);
        expect((answer.body as { error: string }).error, url).toContain(reason);
      }
    });
  });
});
