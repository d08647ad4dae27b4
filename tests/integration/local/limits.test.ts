import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../helpers/background.js';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const things = 'SCHEMA >\n    id UInt32 `json:$.id`\nENGINE_SORTING_KEY "id"';
const count = 'NODE n\nSQL >\n    SELECT count() AS n FROM things\nTYPE endpoint';
const endless = 'SELECT count() AS n FROM numbers(1000000000000000) WHERE NOT ignore(sipHash64(number))';
const page = 'http://localhost:3100';

describe('a server with limits', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path, { maxFreeQuerySeconds: 5, allowedOrigins: [page] });
    const files = { 'things.datasource': things, 'count.pipe': count };
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  it('pipes are answered while free queries use all their slots, and those end with a clear error', async () => {
    const paths = [
      '/v0/sql?',
      '/v0/sql?',
      '/v0/pipes/count.json?',
      '/v0/sql?output_format_json_quote_64bit_integers=1&',
    ];
    let ended = 0;
    const free = paths.map(async (path) => {
      const answer = await server.send(`${path}q=${encodeURIComponent(endless)}`);
      ended += 1;
      return answer;
    });
    // The engine is part of this process, and nothing else here takes so much processor time.
    const before = process.cpuUsage();
    await until('the engine is busy with the queries', () => {
      const { user } = process.cpuUsage(before);
      return user > 300_000;
    });
    expect(await server.call('count')).toEqual([{ n: 0 }]);
    expect(await server.call('count', '?output_format_json_quote_64bit_integers=1')).toEqual([{ n: '0' }]);
    expect(await server.ingest('things', [{ id: 1 }])).toMatchObject({ successful_rows: 1 });
    expect(ended).toBe(0);
    for (const answer of await Promise.all(free)) {
      expect(answer).toMatchObject({
        status: 408,
        body: { error: expect.stringMatching(/Timeout exceeded.*TIMEOUT_EXCEEDED/) as string },
      });
    }
  });

  it('a free query that needs too much memory ends with a clear error', async () => {
    // 2.4 GB in one allocation: more than the limit of a free query, less than that of a pipe.
    const body = 'SELECT length(range(300000000)) AS n';
    expect(await server.send('/v0/sql', { method: 'POST', body })).toMatchObject({
      status: 400,
      body: {
        error:
          '[Error] The query needs more than 1 GB of memory, the limit of a query of your own: read a shorter period or fewer columns, or make what it groups, sorts or joins smaller (MEMORY_LIMIT_EXCEEDED)',
      },
    });
  });

  it.each([
    ['a syntax error', 'SELECT 1 +', 400, 'SYNTAX_ERROR'],
    ['an unknown column', 'SELECT nothing FROM things', 400, 'UNKNOWN_IDENTIFIER'],
    ['too deep nesting', `SELECT ${'('.repeat(1_200)}1${')'.repeat(1_200)}`, 400, 'TOO_DEEP_RECURSION'],
    ['a text that is not a number', "SELECT toUInt8('x')", 400, 'CANNOT_PARSE_TEXT'],
    ['a division by zero', 'SELECT intDiv(1, 0)', 400, 'ILLEGAL_DIVISION'],
    ['a too large array', 'SELECT range(10000000000)', 400, 'ARGUMENT_OUT_OF_BOUND'],
    ['an invalid regular expression', "SELECT match('a', '(a')", 400, 'CANNOT_COMPILE_REGEXP'],
    ['a too long sleep', 'SELECT sleep(5)', 400, 'TOO_SLOW'],
  ])('%s is an error of the query', async (_, body, status, name) => {
    expect(await server.send('/v0/sql', { method: 'POST', body })).toMatchObject({
      status,
      body: { error: expect.stringContaining(name) as string },
    });
  });

  it('only pages of an allowed origin are answered, with or without a preflight request', async () => {
    const ask = (origin: string, init: RequestInit = {}) =>
      fetch(`${server.local.url}/v0/sql?q=SELECT+1&token=any`, { ...init, headers: { origin } });
    const answer = await ask(page);
    expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, page]);
    expect((await ask(page, { method: 'OPTIONS' })).status).toBe(204);
    expect((await ask('http://localhost:3000')).status).toBe(403);
    expect((await ask('http://localhost:3000', { method: 'OPTIONS' })).status).toBe(403);
  });
});

it('an answer of more than 50 MB is refused, as rows or as text, and one of 40 MB is not', async () => {
  await using folder = await temporaryFolder();
  await using server = await openServer(folder.path);
  const ofMegabytes = (count: number) =>
    server.send('/v0/sql', {
      method: 'POST',
      body: `SELECT repeat('x', 1000) AS text FROM numbers(${count * 1000}) FORMAT TSV`,
    });
  const refusal = {
    status: 413,
    body: {
      error:
        '[Error] The answer is larger than 50 MB: ask for fewer rows (LIMIT), fewer columns or a shorter period',
    },
  };
  expect(await ofMegabytes(60)).toMatchObject(refusal);
  const written = `SELECT number AS a_long_name_for_a_number_that_is_written_again_in_every_row FROM numbers(1000000)`;
  expect(await server.send('/v0/sql', { method: 'POST', body: written })).toMatchObject(refusal);
  const answer = await ofMegabytes(40);
  expect([answer.status, answer.text.length]).toEqual([200, 40_040_000]);
  // A Parquet file is an export, which cannot be requested page by page.
  const file = await server.send('/v0/sql', {
    method: 'POST',
    body: "SELECT repeat('x', 1000) AS text FROM numbers(60000) FORMAT Parquet",
  });
  expect([file.status, file.text.slice(0, 4)]).toEqual([200, 'PAR1']);
});
