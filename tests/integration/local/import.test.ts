import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const typed = `TOKEN feeder APPEND

SCHEMA >
    id UInt32 \`json:$.id\`,
    at DateTime64(3) \`json:$.at\` DEFAULT '2026-01-01 00:00:00.000',
    second DateTime \`json:$.second\` DEFAULT '2026-01-01 00:00:00',
    text String \`json:$.text\` DEFAULT 'none',
    word LowCardinality(String) \`json:$.word\` DEFAULT 'none',
    maybe_word LowCardinality(Nullable(String)) \`json:$.maybe_word\`,
    u8 UInt8 \`json:$.u8\` DEFAULT 8,
    u16 UInt16 \`json:$.u16\` DEFAULT 16,
    u64 UInt64 \`json:$.u64\` DEFAULT 64,
    i8 Int8 \`json:$.i8\` DEFAULT -8,
    i32 Int32 \`json:$.i32\` DEFAULT -32,
    i64 Int64 \`json:$.i64\` DEFAULT -64,
    cost Float64 \`json:$.cost\` DEFAULT 0.5,
    maybe_cost Nullable(Float64) \`json:$.maybe_cost\`,
    maybe_count Nullable(UInt32) \`json:$.maybe_count\`,
    yes Bool \`json:$.yes\` DEFAULT false,
    tags Array(String) \`json:$.tags[:]\` DEFAULT ['none'],
    labels Map(LowCardinality(String), String) \`json:$.labels\` DEFAULT map()

ENGINE_SORTING_KEY "id"`;

const strict = `SCHEMA >
    id UInt32 \`json:$.id\`,
    name String \`json:$.name\`,
    tags Array(String) \`json:$.tags[:]\`
ENGINE_SORTING_KEY "id"`;

const nested = `SCHEMA >
    id UInt32 \`json:$.head.id\`
ENGINE_SORTING_KEY "id"`;

const other = `SCHEMA >
    id UInt32 \`json:$.id\`,
    fixed FixedString(2) \`json:$.fixed\` DEFAULT '',
    word Enum8('a' = 1, 'b' = 2) \`json:$.word\` DEFAULT 'a',
    amount Decimal(6, 2) \`json:$.amount\` DEFAULT 0
ENGINE_SORTING_KEY "id"`;

const totals = `SCHEMA >
    bucket UInt32,
    n SimpleAggregateFunction(sum, UInt64)
ENGINE "AggregatingMergeTree"
ENGINE_SORTING_KEY "bucket"`;
const totalling = `NODE n
SQL >
    SELECT id % 2 AS bucket, count() AS n FROM strict GROUP BY bucket
TYPE materialized
DATASOURCE totals`;

const parsed = `SCHEMA >
    n UInt32
ENGINE_SORTING_KEY "n"`;
const parsing = `NODE n
SQL >
    SELECT toUInt32(text) AS n FROM words
TYPE materialized
DATASOURCE parsed`;
const words = `SCHEMA >
    text String \`json:$.text\`
ENGINE_SORTING_KEY "text"`;

/** Column types of a table, and values of a file's columns to combine with all of them. */
const takers = [
  'UInt8',
  'Int8',
  'UInt32',
  'Int64',
  'UInt64',
  'Nullable(UInt16)',
  'Float64',
  'Nullable(Float64)',
  'Bool',
  'String',
  'LowCardinality(Nullable(String))',
  'DateTime',
  'DateTime64(3)',
  'Nullable(DateTime64(3))',
  'Array(String)',
  'Array(UInt8)',
  'Map(String, String)',
];
const givers = [
  '[0, 127, 128, 255]::Array(UInt8)',
  '[-1, 0, 255, 256, 4294967295, 4294967296, 9007199254740993, 9223372036854775807]::Array(Int64)',
  '[0, 9223372036854775808, 18446744073709551615]::Array(UInt64)',
  '[NULL, -129, 7, 65536]::Array(Nullable(Int32))',
  '[0, 1.5, -2, 1e300, nan, inf]::Array(Float64)',
  '[NULL, 0.25]::Array(Nullable(Float64))',
  '[true, false]::Array(Bool)',
  "['', 'x', '1', 'true', '2026-10-01 08:00:00', '2026-10-01 08:00:00.123', '2026-10-01T08:00:00Z', '2026-02-29 00:00:00', '1899-12-31 23:59:59.999', '2299-12-31 23:59:59.999', '2106-02-07 06:28:16']",
  "[NULL, '2026-10-01 08:00:00.123']::Array(Nullable(String))",
  "['2026-10-01 08:00:00.123', '1969-12-31 23:59:59.999', '1900-01-01 00:00:00.000', '1899-12-31 23:59:59.999', '2106-02-07 06:28:15.999', '2106-02-07 06:28:16.000', '2299-12-31 23:59:59.999']::Array(DateTime64(3, 'UTC'))",
  "[['a', ''], [], ['b']]::Array(Array(String))",
  "[[NULL], ['b']]::Array(Array(Nullable(String)))",
  '[[1, 2], [256]]::Array(Array(UInt16))',
  "[map('a', 'b'), map()]::Array(Map(String, String))",
];

describe('POST /v0/datasources?mode=append', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    // As a server leaves it when it is killed during an import.
    await mkdir(join(folder.path, 'imports'));
    await writeFile(join(folder.path, 'imports', 'left'), 'PAR1');
    server = await openServer(folder.path, { tokens: { feeder: 'feeding' } });
    const pairs = takers.flatMap((type, n) =>
      ['file', 'json'].map((road): [string, string] => [
        `${road}_${n}.datasource`,
        `SCHEMA >\n    id UInt32 \`json:$.id\`,\n    v ${type} \`json:$.v\`\nENGINE_SORTING_KEY "id"`,
      ]),
    );
    const files = {
      ...Object.fromEntries(pairs),
      'typed.datasource': typed,
      'strict.datasource': strict,
      'nested.datasource': nested,
      'other.datasource': other,
      'totals.datasource': totals,
      'totalling.pipe': totalling,
      'words.datasource': words,
      'parsed.datasource': parsed,
      'parsing.pipe': parsing,
    };
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  });

  beforeEach(async () => {
    for (const table of ['typed', 'strict', 'nested', 'other', 'totals'])
      await server.send(`/v0/datasources/${table}/truncate`, { method: 'POST' });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const parquet = (select: string) => server.parquet(select);
  const send = (name: string, file: Uint8Array, more?: string) => server.append(name, file, more);

  const append = async (name: string, select: string) => {
    const { status, body, text } = await send(name, await parquet(select));
    if (status !== 200) throw new Error(`${status}: ${text}`);
    const { successful_rows, quarantined_rows } = body as Record<string, unknown>;
    return { successful_rows, quarantined_rows };
  };

  /** The reasons of the rows that this test quarantined. */
  const quarantine = async (table: string, importId: unknown) =>
    server.rows(
      `SELECT id, c__error_column AS columns, c__error AS reasons FROM ${table}_quarantine WHERE c__import_id = '${String(importId)}' ORDER BY id`,
    );

  it('every type is stored as it is in the file', async () => {
    expect(
      await append(
        'typed',
        `SELECT 4294967295::UInt32 AS id, toDateTime64('2026-10-01 08:00:00.123', 3) AS at,
           toDateTime64('2026-10-01 08:00:01.999', 3) AS second, 'ünï\\n"x"' AS text, 'w' AS word,
           CAST('m' AS Nullable(String)) AS maybe_word, 255::UInt8 AS u8, 65535::UInt16 AS u16,
           18446744073709551615::UInt64 AS u64, -128::Int8 AS i8, -2147483648::Int32 AS i32,
           toInt64('-9223372036854775808') AS i64, 0.1::Float64 AS cost, CAST(0.2 AS Nullable(Float64)) AS maybe_cost,
           CAST(7 AS Nullable(UInt32)) AS maybe_count, true AS yes, ['a', ''] AS tags, map('k', 'v') AS labels`,
      ),
    ).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    expect(
      await server.rows('SELECT * REPLACE (toString(u64) AS u64, toString(i64) AS i64) FROM typed'),
    ).toEqual([
      {
        id: 4294967295,
        at: '2026-10-01 08:00:00.123',
        second: '2026-10-01 08:00:01',
        text: 'ünï\n"x"',
        word: 'w',
        maybe_word: 'm',
        u8: 255,
        u16: 65535,
        u64: '18446744073709551615',
        i8: -128,
        i32: -2147483648,
        i64: '-9223372036854775808',
        cost: 0.1,
        maybe_cost: 0.2,
        maybe_count: 7,
        yes: true,
        tags: ['a', ''],
        labels: { k: 'v' },
      },
    ]);
  });

  it('missing columns and nulls get the same values as in JSON rows', async () => {
    const absent = { id: 1 };
    const nulls = {
      id: 2,
      at: null,
      text: null,
      word: null,
      maybe_word: null,
      u64: null,
      i8: null,
      cost: null,
      maybe_cost: null,
      maybe_count: null,
      yes: null,
    };
    await server.ingest('typed', [absent, nulls]);
    expect(await append('typed', 'SELECT 3 AS id')).toEqual({ successful_rows: 1, quarantined_rows: 0 });
    const types: [string, string][] = [
      ['at', 'DateTime64(3)'],
      ['text', 'String'],
      ['word', 'String'],
      ['maybe_word', 'String'],
      ['u64', 'UInt64'],
      ['i8', 'Int8'],
      ['cost', 'Float64'],
      ['maybe_cost', 'Float64'],
      ['maybe_count', 'UInt32'],
      ['yes', 'Bool'],
    ];
    const columns = types.map(([name, type]) => `CAST(NULL AS Nullable(${type})) AS ${name}`);
    expect(await append('typed', `SELECT 4 AS id, ${columns.join(', ')}`)).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    const [first, second, third, fourth] = await server.rows('SELECT * EXCEPT id FROM typed ORDER BY id');
    expect(first).toMatchObject({ u8: 8, text: 'none', tags: ['none'], cost: 0.5, maybe_cost: null });
    expect(third).toEqual(first);
    expect(fourth).toEqual(second);
  });

  it('times are accepted as text, and columns that the table does not have are ignored', async () => {
    expect(
      await append(
        'typed',
        "SELECT number AS id, '2026-10-01 08:00:00.123' AS at, '2026-10-01 08:00:00' AS second, 'x' AS unknown FROM numbers(2)",
      ),
    ).toEqual({ successful_rows: 2, quarantined_rows: 0 });
    expect(await server.rows('SELECT DISTINCT at, second FROM typed')).toEqual([
      { at: '2026-10-01 08:00:00.123', second: '2026-10-01 08:00:00' },
    ]);
    expect(
      await append(
        'typed',
        "SELECT number + 2 AS id, ['2026-10-01T08:00:00.5Z', '2026-02-30 00:00:00.000', 'soon', '1850-01-01 00:00:00.000'][number + 1] AS at FROM numbers(4)",
      ),
    ).toEqual({ successful_rows: 1, quarantined_rows: 3 });
    expect(await server.rows('SELECT at FROM typed WHERE id = 2')).toEqual([
      { at: '2026-10-01 08:00:00.500' },
    ]);
  });

  it('a row with a value that does not fit is quarantined, and the others are stored', async () => {
    const values: [string, string][] = [
      ['u8', '256::Int64'],
      ['u8', '-1::Int64'],
      ['u16', '1.5::Float64'],
      ['u64', '-1::Int64'],
      ['i8', '200::UInt64'],
      ['i64', '9223372036854775808::UInt64'],
      ['i32', '-2147483649::Int64'],
      ['maybe_count', 'CAST(4294967296 AS Nullable(Int64))'],
      ['cost', 'nan'],
      ['maybe_cost', 'CAST(inf AS Nullable(Float64))'],
      ['u8', "'1'"],
      ['yes', '1::UInt8'],
      ['u8', 'true'],
    ];
    for (const [column, value] of values) {
      const file = await parquet(`SELECT 1 AS id, ${value} AS ${column}`);
      const { body } = await send('typed', file);
      expect(body, value).toMatchObject({ successful_rows: 0, quarantined_rows: 1, quarantine_rows: 1 });
      expect(await quarantine('typed', (body as { import_id: string }).import_id), value).toMatchObject([
        { id: '1', columns: [column], reasons: [expect.stringContaining(`on column '${column}' is not `)] },
      ]);
    }
    expect(await server.rows('SELECT count() AS n FROM typed')).toEqual([{ n: 0 }]);
    // One of ten thousand and one rows, after the first piece that is checked.
    expect(
      await append('typed', 'SELECT number AS id, if(number = 7777, -1, 1)::Int32 AS u8 FROM numbers(10001)'),
    ).toEqual({ successful_rows: 10_000, quarantined_rows: 1 });
    expect(await server.rows('SELECT count() AS n, uniq(id) AS ids, sum(u8) AS sum FROM typed')).toEqual([
      { n: 10_000, ids: 10_000, sum: 10_000 },
    ]);
  });

  it('nulls, missing columns and broken text are quarantined if the table requires a value', async () => {
    expect(
      await append(
        'strict',
        "SELECT number AS id, if(number = 1, NULL, 'x') AS name, ['t'] AS tags FROM numbers(3)",
      ),
    ).toEqual({ successful_rows: 2, quarantined_rows: 1 });
    expect(
      await append(
        'strict',
        "SELECT 10 + number AS id, 'x' AS name, [if(number = 1, NULL, 't')] AS tags FROM numbers(3)",
      ),
    ).toEqual({ successful_rows: 2, quarantined_rows: 1 });
    expect(await append('strict', "SELECT 20 AS id, 'x' AS name")).toEqual({
      successful_rows: 0,
      quarantined_rows: 1,
    });
    // As a JSON body with that byte would be read.
    expect(await append('strict', "SELECT 30 AS id, 'a\\xffb' AS name, ['c\\xffd'] AS tags")).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    expect(await server.rows('SELECT id, name, tags FROM strict WHERE id IN (1, 11, 20, 30)')).toEqual([
      { id: 30, name: 'a\ufffdb', tags: ['c\ufffdd'] },
    ]);
  });

  it('the two halves of a character in two columns are broken text, not a valid character', async () => {
    expect(await append('typed', "SELECT 1 AS id, 'a\\xc3' AS text, '\\xa9b' AS word")).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    expect(await server.rows('SELECT text, word FROM typed')).toEqual([{ text: 'a\ufffd', word: '\ufffdb' }]);
  });

  it('a file fills the materialised view, and fills it again if it is sent again', async () => {
    const select = "SELECT number AS id, 'x' AS name, ['t'] AS tags FROM numbers(5)";
    await append('strict', select);
    const count = 'SELECT bucket, sum(n) AS n FROM totals GROUP BY bucket ORDER BY bucket';
    expect(await server.rows(count)).toEqual([
      { bucket: 0, n: 3 },
      { bucket: 1, n: 2 },
    ]);
    await append('strict', select);
    expect(await server.rows(count)).toEqual([
      { bucket: 0, n: 6 },
      { bucket: 1, n: 4 },
    ]);
  });

  it('if the rows are stored and a view over them fails, the answer is 422', async () => {
    const answer = await send('words', await parquet("SELECT 'x' AS text"));
    expect(answer).toMatchObject({ status: 422 });
    expect(answer.text).toContain('a materialized view over them failed');
    expect(await server.rows('SELECT count() AS n FROM words')).toEqual([{ n: 1 }]);
  });

  it('a large file is stored in one part, so that all rows become visible together', async () => {
    expect(
      await append('strict', "SELECT number AS id, 'x' AS name, ['t'] AS tags FROM numbers(200000)"),
    ).toEqual({ successful_rows: 200_000, quarantined_rows: 0 });
    expect(await server.rows('SELECT count() AS n, uniqExact(_part) AS parts FROM strict')).toEqual([
      { n: 200_000, parts: 1 },
    ]);
  });

  it('JSON paths work for a file as for JSON, as do types without a fast way', async () => {
    expect(await append('nested', 'SELECT tuple(5)::Tuple(id UInt32) AS head')).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    expect(await server.rows('SELECT id FROM nested')).toEqual([{ id: 5 }]);
    expect(
      await append(
        'other',
        `SELECT number AS id, ['ab', 'abc', 'a', 'b'][number + 1] AS fixed, ['b', 'a', 'c', 'a'][number + 1] AS word,
           [1.25, 2.5, 3.5, 99999.5][number + 1]::Decimal(12, 2) AS amount FROM numbers(4)`,
      ),
    ).toEqual({ successful_rows: 1, quarantined_rows: 3 });
    expect(await server.rows('SELECT id, fixed, word, toString(amount) AS amount FROM other')).toEqual([
      { id: 0, fixed: 'ab', word: 'b', amount: '1.25' },
    ]);
  });

  it('forms of the official SDK and curl are accepted, and lines of JSON', async () => {
    const select = "SELECT 1 AS id, '\\r\\n--x\\r\\n' AS name, ['t'] AS tags";
    for (const part of ['csv', 'parquet', 'file']) {
      const form = new FormData();
      form.append('about', 'no file');
      form.append(part, new Blob([new Uint8Array(await parquet(select))]), 'rows.parquet');
      expect(
        await server.send('/v0/datasources?name=strict&mode=append&format=parquet', {
          method: 'POST',
          body: form,
        }),
      ).toMatchObject({
        status: 200,
        body: {
          import_id: expect.any(String) as string,
          datasource: { name: 'strict' },
          successful_rows: 1,
          quarantined_rows: 0,
          quarantine_rows: 0,
          invalid_lines: 0,
          error: false,
        },
      });
    }
    const lines = Buffer.from('{"id":2,"name":"x","tags":[]}\n{"id":-3}\n');
    expect(await send('strict', lines, 'mode=append&format=ndjson')).toMatchObject({
      body: { successful_rows: 1, quarantined_rows: 1 },
    });
    expect(await server.rows('SELECT id, count() AS n FROM strict GROUP BY id ORDER BY id')).toEqual([
      { id: 1, n: 3 },
      { id: 2, n: 1 },
    ]);
  });

  it('an incomplete Parquet file is answered with 400, and none of it is stored', async () => {
    const file = await parquet(
      "SELECT number AS id, toString(number) AS name, ['t'] AS tags FROM numbers(9000)",
    );
    const torn = Buffer.from(file);
    torn.fill(0x55, 1000, 2000);
    for (const broken of [Buffer.from('hello'), file.subarray(0, file.length - 50), torn]) {
      const answer = await send('strict', broken);
      expect(answer).toMatchObject({ status: 400 });
      expect(answer.text).toContain('The file is not a whole Parquet file: ');
      expect(answer.text).not.toContain(folder.path);
    }
    expect(await send('strict', Buffer.alloc(0))).toMatchObject({
      status: 400,
      body: { error: 'The request has no file' },
    });
    expect(await server.rows('SELECT count() AS n FROM strict')).toEqual([{ n: 0 }]);
  });

  it('wrong requests and missing rights have clear answers', async () => {
    const file = await parquet('SELECT 1 AS id');
    const answers: [string, number, string][] = [
      ['name=newcomer&format=parquet', 400, 'mode=create needs the parameter "schema"'],
      ['name=typed&format=parquet', 409, 'The name "typed" is taken'],
      ['name=typed&mode=upsert&format=parquet', 400, 'mode=upsert is not one of append, replace, create'],
      ['name=typed&mode=append&format=avro', 400, 'format=avro is not supported: send csv, ndjson, parquet'],
      ['name=typed&mode=append&format=parquet&url=http://x', 400, 'from this machine only'],
      ['mode=append&format=parquet', 400, 'The parameter "name" is missing'],
      ['name=nowhere&mode=append&format=parquet', 404, 'Data Source "nowhere" does not exist'],
      ['name=totals&mode=append&format=parquet', 400, 'has no JSON paths'],
    ];
    for (const [query, status, error] of answers) {
      const answer = await server.send(`/v0/datasources?${query}`, {
        method: 'POST',
        body: new Uint8Array(file),
      });
      expect(answer, query).toMatchObject({ status });
      expect((answer.body as { error: string }).error).toContain(error);
    }
    const by = (token: string, name: string) =>
      server.send(`/v0/datasources?name=${name}&mode=append&format=parquet`, {
        method: 'POST',
        body: new Uint8Array(file),
        token,
      });
    expect(await by('', 'typed')).toMatchObject({ status: 401 });
    expect(await by('feeding', 'strict')).toMatchObject({ status: 403 });
    expect(await by('feeding', 'typed')).toMatchObject({ status: 200 });
  });

  it('the stored and quarantined rows are the same as for JSON rows, whatever the types', async () => {
    const as = 'output_format_json_quote_denormals = 1, output_format_json_quote_64bit_integers = 0';
    for (const [place, values] of givers.entries()) {
      const select = `SELECT toUInt32(number + ${place * 100}) AS id, ${values}[number + 1] AS v FROM numbers(length(${values}))`;
      const file = await parquet(select);
      const lines = await server.send('/v0/sql', {
        method: 'POST',
        body: `${select} SETTINGS ${as} FORMAT JSONEachRow`,
      });
      for (const [n, type] of takers.entries()) {
        const what = `${values} as ${type}`;
        const byJson = await server.send(`/v0/events?name=json_${n}&wait=true`, {
          method: 'POST',
          body: lines.text,
        });
        expect(byJson.status, what).toBe(200);
        expect((await send(`file_${n}`, file)).body, what).toMatchObject(byJson.body as object);
      }
    }
    for (const [n, type] of takers.entries()) {
      const stored = (road: string) =>
        server.rows(`SELECT id, toString(v) AS v FROM ${road}_${n} ORDER BY id`);
      expect(await stored('file'), type).toEqual(await stored('json'));
    }
  }, 240_000);

  it('a file leaves nothing behind, and only the owner could read it', async () => {
    await append('typed', 'SELECT 1 AS id');
    const imports = join(folder.path, 'imports');
    expect(await readdir(imports)).toEqual([]);
    expect((await stat(imports)).mode & 0o777).toBe(0o700);
  });
});
