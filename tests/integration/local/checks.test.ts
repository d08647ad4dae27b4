import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

/** What the check of a build accepts and refuses, one project each, on one server. */
const events = `SCHEMA >
    id UInt64 \`json:$.id\`,
    name String \`json:$.name\`,
    at DateTime \`json:$.at\`,
    doc JSON \`json:$.doc\`,
    late DateTime64(3) \`json:$.late\` DEFAULT ''
ENGINE_SORTING_KEY id`;

const view = (sql: string) => `NODE v\nSQL >\n    ${sql}\nTYPE materialized\nDATASOURCE target`;
const endpoint = (sql: string) => `NODE out\nSQL >\n    ${sql.replaceAll('\n', '\n    ')}\nTYPE endpoint`;

const pepper = `it's \\ "x" \t {y}\n%`;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  await writeFile(join(folder.path, 'secrets.json'), JSON.stringify({ pepper }));
  server = await openServer(folder.path);
}, 60_000);

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

const build = (files: Record<string, string>) =>
  server.deploy('/v1/build', { 'events.datasource': events, ...files });
const success = { status: 200, body: { result: 'success' } };

describe('what only a real value decides does not refuse a build', () => {
  it.each([
    ['a text that the query converts to a number', 'SELECT toInt64({{ String(k) }}) AS n'],
    ['a default that the query cannot convert', "SELECT toInt64({{ String(k, '') }}) AS n"],
    ['a number compared with a text', 'SELECT id FROM events WHERE id = {{ String(k) }}'],
    ['a list of texts for a number', 'SELECT id FROM events WHERE id IN {{ Array(k) }}'],
    ['a time as a text', 'SELECT id FROM events WHERE at >= {{ String(k) }}'],
    ['a division by a parameter', 'SELECT intDiv(10, {{ Int32(k) }}) AS n'],
    ['a time zone as a text', 'SELECT toTimeZone(at, {{ String(k) }}) AS t FROM events'],
    ['a unit of time as a text', 'SELECT dateTrunc({{ String(k) }}, at) AS t FROM events'],
    ['a limit as a text', 'SELECT id FROM events LIMIT toUInt64({{ String(k) }})'],
    [
      'an error of the template for a missing parameter',
      "{% if not defined(k) %}{{ error('k?') }}{% end %}SELECT 1 AS n",
    ],
    [
      'a branch that is only an error',
      "{% if defined(k) %}SELECT 1 AS n{% else %}{{ custom_error({'error': 'k?'}) }}{% end %}",
    ],
    [
      'an error where both are given',
      "{% if defined(a) and defined(b) %}{{ error('one of them') }}{% else %}SELECT 1 AS n{% end %}",
    ],
    ['a secret that the workspace does not have', "SELECT {{ tb_secret('salt') }} AS salt"],
  ])('%s', async (_, sql) => {
    expect(await build({ 'p.pipe': endpoint(`%\n${sql}`) })).toMatchObject(success);
  });

  it('a real value is still computed, and a wrong one is refused', async () => {
    await build({ 'p.pipe': endpoint('%\nSELECT toInt64({{ String(k) }}) AS n') });
    expect(await server.call('p', '?k=41')).toEqual([{ n: 41 }]);
    expect(await server.send('/v0/pipes/p.json?k=x')).toMatchObject({
      status: 400,
      text: expect.stringContaining('Cannot parse string') as unknown,
    });
  });

  it('an error in the same query that no value mends is refused', async () => {
    const answer = await build({
      'p.pipe': endpoint('%\nSELECT toInt64({{ String(k) }}) AS n, nothing FROM events'),
    });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [{ filename: 'p.pipe', error: expect.stringMatching(/^node out: .*nothing/s) as unknown }],
      },
    });
  });

  it('a fixed value that cannot be converted is refused', async () => {
    const answer = await build({ 'p.pipe': endpoint("SELECT toInt64('x') AS n") });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            filename: 'p.pipe',
            error: expect.stringMatching(/^node out: Cannot parse string 'x'/) as unknown,
          },
        ],
      },
    });
  });
});

describe('optional parts that do not go together, or are wrong, refuse no build', () => {
  it.each([
    [
      'two beginnings of a WHERE',
      'SELECT 1 AS n FROM events {% if defined(a) %} WHERE id = 1 {% end %}{% if defined(b) %} WHERE id = 2 {% end %}',
      /node out: a call that gives all optional parameters fails: Syntax error/,
    ],
    [
      'a branch that only certain values take',
      "SELECT {% if defined(a) %}{% if a == 'x' %} id {% end %}{% else %} 1 {% end %} AS n, 2 AS m FROM events",
      /call that gives all optional parameters fails/,
    ],
    ['an unknown column', 'SELECT 1 AS n FROM events {% if defined(a) %} WHERE gone = 1 {% end %}', /gone/],
    [
      'an unknown table',
      'SELECT 1 AS n {% if defined(a) %} FROM absent {% end %}',
      /Resource 'absent' not found/,
    ],
  ])('%s', async (_, sql, message) => {
    const answer = await build({ 'p.pipe': endpoint(`%\n${sql}`) });
    expect(answer).toMatchObject({
      ...success,
      body: {
        build: {
          feedback: [
            {
              resource: 'Pipe p.pipe',
              level: 'WARNING',
              message: expect.stringMatching(message) as unknown,
            },
          ],
        },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain('__check');
    expect(await server.send('/v0/pipes/p.json')).toMatchObject({ status: 200 });
  });
});

describe('the columns of a copy are compared with those of its target', () => {
  const faulty =
    'NODE first\nSQL >\n    %\n    SELECT id FROM events {% if defined(a) %} WHERE gone = 1 {% end %}\n';
  const copy = (condition: string) =>
    `NODE c\nSQL >\n    %\n    SELECT id, {% if ${condition} %} 1 {% else %} {{ error('k?') }} {% end %} AS more FROM events\nTYPE copy\nTARGET_DATASOURCE events`;
  const notThere = 'node c: column more is not in datasource events';

  it.each([
    ['if only a call with parameters has some', copy('defined(k)'), notThere],
    ['after a node with an optional part that is wrong', faulty + copy('defined(k)'), notThere],
    [
      'and it is refused if no call that can be checked has some',
      copy('defined(k) and not defined(a)'),
      'node c: neither without parameters nor with all of them does the query have columns, which must be those of datasource events',
    ],
  ])('%s', async (_, pipe, error) => {
    expect(await build({ 'p.pipe': pipe })).toMatchObject({
      status: 400,
      body: { errors: [{ filename: 'p.pipe', error }] },
    });
  });

  it('of several optional parts that are wrong, the first is told', async () => {
    const last = faulty.replace('first', 'last').replace('gone', 'lost');
    const answer = await build({ 'p.pipe': `${faulty}${last}TYPE endpoint` });
    expect(answer).toMatchObject(success);
    expect(JSON.stringify(answer.body)).toMatch(/node first: .*gone/);
    expect(JSON.stringify(answer.body)).not.toContain('lost');
  });
});

describe('the engine accepts what Tinybird accepts', () => {
  it.each([
    ['a joined table function without an alias', 'SELECT id, number FROM events CROSS JOIN numbers(2)'],
    ['a joined subquery without an alias', 'SELECT name FROM events JOIN (SELECT id FROM events) USING id'],
    ['a path of a JSON column in GROUP BY', 'SELECT doc.kind, count() AS n FROM events GROUP BY doc.kind'],
    ['a path of a JSON column in ORDER BY', 'SELECT doc.kind AS kind FROM events ORDER BY doc.kind'],
  ])('%s', async (_, sql) => {
    expect(await build({ 'p.pipe': endpoint(sql) })).toMatchObject(success);
  });

  it('the name of a node before its alias', async () => {
    const pipe = `NODE a
SQL >
    SELECT id, name FROM events
NODE out
SQL >
    SELECT e.id AS id, a.name AS name FROM events e LEFT JOIN a x ON a.id = e.id
TYPE endpoint`;
    expect(await build({ 'p.pipe': pipe })).toMatchObject(success);
  });

  const target = (columns: string, engine = 'AggregatingMergeTree', key = 'id') =>
    `SCHEMA >\n    ${columns}\nENGINE "${engine}"\nENGINE_SORTING_KEY "${key}"`;

  it('states that are the same for the engine: count() in count(UInt64), countIf() in count()', async () => {
    const files = {
      'target.datasource': target(
        'id UInt64, n AggregateFunction(count, UInt64), m AggregateFunction(count)',
      ),
      'v.pipe': view("SELECT id, countState() AS n, countIfState(name = 'a') AS m FROM events GROUP BY id"),
      'p.pipe': endpoint(
        'SELECT id, countMerge(n) AS n, countMerge(m) AS m FROM target GROUP BY id ORDER BY id',
      ),
    };
    expect(await build(files)).toMatchObject(success);
    const row = { at: '2026-01-01 00:00:00', doc: {} };
    await server.ingest('events', [
      { id: 1, name: 'a', ...row },
      { id: 1, name: 'b', ...row },
      { id: 2, name: 'b', ...row },
    ]);
    expect(await server.call('p')).toEqual([
      { id: 1, n: 2, m: 1 },
      { id: 2, n: 1, m: 0 },
    ]);
  });

  it('states that are not the same are refused with both types', async () => {
    const answer = await build({
      'target.datasource': target('id UInt64, n AggregateFunction(sum, UInt32)'),
      'v.pipe': view('SELECT id, sumState(id) AS n FROM events GROUP BY id'),
    });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            filename: 'v.pipe',
            error:
              'node v: column n is AggregateFunction(sum, UInt64), but AggregateFunction(sum, UInt32) in datasource target',
          },
        ],
      },
    });
  });

  it('JSON in a view over texts, and a dimension outside the key', async () => {
    const files = {
      'target.datasource': target(
        'id UInt64, doc Nullable(String), name String, n SimpleAggregateFunction(sum, UInt64)',
      ),
      'v.pipe': view('SELECT id, doc, name, toUInt64(1) AS n FROM events'),
      'p.pipe': endpoint('SELECT id, doc, name FROM target ORDER BY id'),
    };
    expect(await build({ ...files, 'events.datasource': `${events}\nENGINE_TTL ""` })).toMatchObject(success);
    await server.ingest('events', [{ id: 7, name: 'x', at: '2026-01-01 00:00:00', doc: { kind: 'k' } }]);
    expect(await server.rows('SELECT doc, name FROM target WHERE id = 7')).toEqual([
      { doc: '{"kind":"k"}', name: 'x' },
    ]);
  });
});

describe('secrets', () => {
  it('a secret of the workspace is bound to the query, whatever characters it has', async () => {
    const files = {
      'secret_node.pipe': "NODE n\nSQL >\n    %\n    SELECT {{ tb_secret('pepper') }} AS pepper",
      'p.pipe': endpoint(
        "%\nSELECT pepper, {{ String(x, 'a') }} AS x, {{ tb_var('none', 'd') }} AS d FROM secret_node",
      ),
      'q.pipe': endpoint("%\nSELECT {{ tb_secret('gone') }} AS gone"),
    };
    expect(await build(files)).toMatchObject(success);
    expect(await server.call('p', '?x=b')).toEqual([{ pepper, x: 'b', d: 'd' }]);
    expect(await server.send('/v0/pipes/q.json')).toMatchObject({
      status: 400,
      body: {
        error:
          "Template Syntax Error: Cannot access secret 'gone'. Check the secret exists in the Workspace and the token has the required scope.",
      },
    });
  });
});

describe('service data sources', () => {
  it.each([
    'SELECT pipe_name, count() AS n FROM tinybird.pipe_stats_rt WHERE start_datetime > now() - 60 GROUP BY pipe_name',
    'SELECT date, avgMerge(avg_duration_state) AS s FROM tinybird.pipe_stats GROUP BY date',
    "SELECT o.datasource_name AS name, Options.Values[indexOf(Options.Names, 'x')] AS x FROM tinybird.datasources_ops_log o",
    'SELECT pipe_stats_rt.url AS url FROM tinybird.pipe_stats_rt JOIN tinybird.endpoint_errors USING request_id',
    'SELECT max(bytes) AS most FROM tinybird.datasources_storage',
  ])('a pipe over them is built and answers with the types that the build has found: %s', async (sql) => {
    expect(await build({ 'p.pipe': endpoint(sql) })).toMatchObject(success);
    const { body } = await server.send('/v0/pipes/p');
    const { nodes } = body as { nodes: { columns: unknown }[] };
    expect(await server.send('/v0/pipes/p.json')).toMatchObject({
      status: 200,
      body: { meta: nodes[0]?.columns },
    });
  });

  it('a pipe over one that nothing fills is built, and a call says so', async () => {
    const sql = 'SELECT count() AS n FROM tinybird.block_log';
    expect(await build({ 'p.pipe': endpoint(sql) })).toMatchObject(success);
    expect(await server.send('/v0/pipes/p.json')).toMatchObject({
      status: 501,
      body: {
        error: expect.stringMatching(
          /^The service data source tinybird.block_log has no rows here/,
        ) as unknown,
      },
    });
  });

  it('a wrong column, a view over one, and an unknown one are refused at build', async () => {
    const view = `NODE v\nSQL >\n    SELECT pipe_name FROM tinybird.pipe_stats_rt\nTYPE materialized\nDATASOURCE t`;
    const cases: [Record<string, string>, RegExp][] = [
      [{ 'p.pipe': endpoint('SELECT nope FROM tinybird.pipe_stats_rt') }, /^node out: .*nope/s],
      [{ 'p.pipe': endpoint('SELECT 1 FROM tinybird.nothing') }, /Resource 'tinybird.nothing' not found/],
      [
        { 'p.pipe': view, 't.datasource': 'SCHEMA >\n    pipe_name String' },
        /^node v: a materialized pipe cannot read tinybird.pipe_stats_rt$/,
      ],
    ];
    for (const [files, error] of cases) {
      expect(await build(files)).toMatchObject({
        status: 400,
        body: { errors: [{ filename: 'p.pipe', error: expect.stringMatching(error) as unknown }] },
      });
    }
  });
});

describe('datafiles of every kind', () => {
  it('a pipe can define the engine of its datasource, which then exists with the columns of the query', async () => {
    const files = {
      'daily.pipe': `NODE d
SQL >
    SELECT toDate(at) AS day, count() AS n FROM events GROUP BY day
TYPE materialized
DATASOURCE daily_events
ENGINE "SummingMergeTree"
ENGINE_SORTING_KEY "day"`,
      'monthly.pipe': `NODE m
SQL >
    SELECT toStartOfMonth(day) AS month, sum(n) AS n FROM daily_events GROUP BY month
TYPE materialized
DATASOURCE monthly_events
ENGINE "SummingMergeTree"
ENGINE_SORTING_KEY "month"
ENGINE_PARTITION_KEY ""`,
      'p.pipe': endpoint('SELECT month, sum(n) AS n FROM monthly_events GROUP BY month ORDER BY month'),
    };
    expect(await build({ ...files, 'events.datasource': `${events}\nENGINE_SETTINGS ""` })).toMatchObject(
      success,
    );
    expect(await build({ ...files, 'events.datasource': `${events}\nENGINE_SETTINGS ""` })).toMatchObject({
      body: { result: 'no_changes' },
    });
    expect((await server.send('/v0/datasources/daily_events.datasource')).text).toBe(
      'SCHEMA >\n    `day` Date,\n    `n` UInt64\n\nENGINE "SummingMergeTree"\nENGINE_SORTING_KEY "day"\n',
    );
    const row = { name: 'x', doc: {} };
    await server.send('/v0/datasources/monthly_events/truncate', { method: 'POST' });
    await server.ingest('events', [
      { id: 1, at: '2025-03-01 00:00:00', ...row },
      { id: 2, at: '2025-03-31 23:59:59', ...row },
      { id: 3, at: '2025-04-01 00:00:00', ...row },
    ]);
    expect(await server.call('p')).toEqual([
      { month: '2025-03-01', n: 2 },
      { month: '2025-04-01', n: 1 },
    ]);
  });

  it('a pipe can have several materialized nodes, and an endpoint over what they fill', async () => {
    const files = {
      'counts.pipe': `NODE small
SQL >
    SELECT id, name, at FROM events WHERE id < 10 AND name = 'several'
NODE by_day
SQL >
    SELECT toDate(at) AS day, count() AS n FROM small GROUP BY day
TYPE materialized
DATASOURCE events_by_day
ENGINE "SummingMergeTree"
ENGINE_SORTING_KEY "day"
NODE by_name
SQL >
    SELECT name, count() AS n FROM small GROUP BY name
TYPE materialized
DATASOURCE events_by_name
ENGINE "SummingMergeTree"
ENGINE_SORTING_KEY "name"
NODE all
SQL >
    SELECT (SELECT sum(n) FROM events_by_day) AS days, (SELECT sum(n) FROM events_by_name) AS names
TYPE endpoint`,
    };
    expect(await build({ ...files, 'events.datasource': events })).toMatchObject(success);
    await server.ingest(
      'events',
      [1, 2, 30].map((id) => ({ id, name: 'several', at: '2025-03-01 00:00:00', doc: {} })),
    );
    // The row with id 30 is in neither.
    expect(await server.rows('SELECT day, sum(n) AS n FROM events_by_day GROUP BY day')).toEqual([
      { day: '2025-03-01', n: 2 },
    ]);
    expect(await server.rows('SELECT name, sum(n) AS n FROM events_by_name GROUP BY name')).toEqual([
      { name: 'several', n: 2 },
    ]);
    expect(await server.call('counts')).toEqual([{ days: 2, names: 2 }]);
  });

  it('a MATERIALIZED column is computed from the others, however the rows come, and may be a key', async () => {
    const logs = (level: string) => `SCHEMA >
    body String \`json:$.body\`,
    level LowCardinality(String) MATERIALIZED ${level},
    'at' DateTime \`json:$.at\` DEFAULT '2026-01-02 03:04:05'
ENGINE "MergeTree"
ENGINE_SORTING_KEY "level"`;
    const files = {
      'logs.datasource': logs("JSONExtractString(body, 'level')"),
      'levels.datasource':
        'SCHEMA >\n    level String,\n    n UInt64\nENGINE "SummingMergeTree"\nENGINE_SORTING_KEY "level"',
      'v.pipe': view('SELECT level, count() AS n FROM logs GROUP BY level').replace('target', 'levels'),
    };
    expect(await build(files)).toMatchObject(success);
    await server.ingest('logs', [{ body: '{"level":"warn"}' }]);
    // Its columns in their order are body and at.
    const csv = '"{""level"":""info""}",2026-01-01 00:00:00\n';
    const append = await server.send('/v0/datasources?name=logs&mode=append&format=csv', {
      method: 'POST',
      body: csv,
    });
    expect(append).toMatchObject({ body: { successful_rows: 1, quarantined_rows: 0 } });
    const rows = () => server.rows('SELECT level, at FROM logs ORDER BY level');
    expect(await rows()).toEqual([
      { level: 'info', at: '2026-01-01 00:00:00' },
      { level: 'warn', at: '2026-01-02 03:04:05' },
    ]);
    expect(await server.rows('SELECT * FROM logs ORDER BY at LIMIT 1')).toEqual([
      { body: '{"level":"info"}', at: '2026-01-01 00:00:00' },
    ]);
    const sums = () => server.rows('SELECT level, sum(n) AS n FROM levels GROUP BY level ORDER BY level');
    const counted = [
      { level: 'info', n: 1 },
      { level: 'warn', n: 1 },
    ];
    expect(await sums()).toEqual(counted);
    const body = new URLSearchParams({ truncate: 'true', populate_condition: "level = 'warn'" });
    await server.send('/v0/pipes/v/nodes/v/population', { method: 'POST', body });
    expect(await sums()).toEqual(counted.slice(1));
    // Another expression: the rows that are there are computed again.
    expect(
      await build({ ...files, 'logs.datasource': logs("upper(JSONExtractString(body, 'level'))") }),
    ).toMatchObject(success);
    expect(await server.rows('SELECT level FROM logs ORDER BY level')).toEqual([
      { level: 'INFO' },
      { level: 'WARN' },
    ]);
  });

  it('a MATERIALIZED column that cannot be computed again keeps its values in a new table', async () => {
    const drawn = (n: string, x: string) => ({
      'drawn.datasource': `SCHEMA >\n    n ${n} \`json:$.n\`,\n    x UInt64 ${x}\nENGINE_SORTING_KEY x`,
    });
    expect(await build(drawn('UInt8', 'MATERIALIZED rand64()'))).toMatchObject(success);
    await server.ingest('drawn', [{ n: 1 }, { n: 2 }]);
    const rows = () => server.rows('SELECT n, toString(x) AS x FROM drawn ORDER BY n');
    const before = await rows();
    expect(before).toHaveLength(2);
    const deploy = (n: string, x: string) =>
      server.deploy('/v1/deploy?auto_promote=true&allow_destructive_operations=false', {
        'events.datasource': events,
        ...drawn(n, x),
      });
    expect(await deploy('UInt32', 'MATERIALIZED rand64()')).toMatchObject(success);
    expect(await rows()).toEqual(before);
    expect(await deploy('UInt32', 'MATERIALIZED n')).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            filename: 'drawn.datasource',
            error: expect.stringMatching(
              /^column x is MATERIALIZED by another expression, and rand64\(\) does not give its values again: data would be lost/,
            ) as unknown,
          },
        ],
      },
    });
    expect(await deploy('UInt32', '`json:$.x`')).toMatchObject(success);
    expect(await rows()).toEqual(before);
    expect(await deploy('UInt32', 'MATERIALIZED 0')).toMatchObject({
      status: 400,
      body: {
        errors: [
          { error: expect.stringMatching(/^column x becomes MATERIALIZED, which replaces its/) as unknown },
        ],
      },
    });
    expect(await rows()).toEqual(before);
  });

  it('a view or copy cannot fill a MATERIALIZED column, and it has no DEFAULT', async () => {
    const schema = 'SCHEMA >\n    id UInt64,\n    half UInt64 MATERIALIZED intDiv(id, 2)';
    const copy = 'NODE c\nSQL >\n    SELECT id, id AS half FROM events\nTYPE copy\nTARGET_DATASOURCE t';
    expect(await build({ 't.datasource': schema, 'c.pipe': copy })).toMatchObject({
      status: 400,
      body: {
        errors: [{ error: 'node c: column half of datasource t is MATERIALIZED: no query can fill it' }],
      },
    });
    expect(await build({ 't.datasource': `${schema} DEFAULT 1` })).toMatchObject({
      status: 400,
      body: { errors: [{ filename: 't.datasource' }] },
    });
  });

  it('a pipe that defines its datasource with a key that the query lacks is refused', async () => {
    const answer = await build({
      'daily.pipe':
        'NODE d\nSQL >\n    SELECT id FROM events\nTYPE materialized\nDATASOURCE x\nENGINE "MergeTree"\nENGINE_SORTING_KEY "gone"',
    });
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [{ filename: 'daily.pipe', error: expect.stringMatching(/^node d: .*gone/s) as unknown }],
      },
    });
  });

  it('connections, imports, sinks and copies are accepted, and given back verbatim', async () => {
    const files = {
      'lake.connection': 'TYPE s3\nS3_REGION "eu-west-1"\nS3_ARN {{ tb_secret("ARN") }}\n',
      'bus.connection': 'TYPE kafka\nKAFKA_BOOTSTRAP_SERVERS "localhost:9092"\n',
      'landing.datasource':
        'SCHEMA >\n    id UInt64 `json:$.id`\n\nKAFKA_CONNECTION_NAME "bus"\nKAFKA_TOPIC "t"\nKAFKA_GROUP_ID "g"\n',
      'snap.datasource': 'SCHEMA >\n    id UInt64,\n    topic String\n\nENGINE "MergeTree"\n',
      'snap_copy.pipe':
        'NODE c\nSQL >\n    SELECT id, __topic AS topic FROM landing\n\nTYPE copy\nTARGET_DATASOURCE snap\nCOPY_SCHEDULE "0 0 * * *"\n',
      'out.pipe':
        'NODE s\nSQL >\n    SELECT id FROM landing\n\nTYPE sink\nEXPORT_CONNECTION_NAME "lake"\nEXPORT_BUCKET_URI "s3://b/x"\nEXPORT_SCHEDULE "@on-demand"\n',
    };
    expect(await build(files)).toMatchObject({
      ...success,
      body: { build: { new_data_connector_names: ['lake', 'bus'] } },
    });
    for (const name of ['snap_copy.pipe', 'out.pipe']) {
      expect((await server.send(`/v1/pipes/${name}`)).text).toBe(files[name as keyof typeof files]);
    }
    expect((await server.send('/v0/datasources/landing.datasource')).text).toBe(files['landing.datasource']);
    expect((await server.send('/v0/connectors/lake.connection')).text).toBe(files['lake.connection']);
    expect(await server.send('/v0/connectors')).toMatchObject({
      body: {
        connectors: [
          { name: 'lake', service: 's3' },
          { name: 'bus', service: 'kafka' },
        ],
      },
    });
    expect(await server.send('/v0/pipes/snap_copy')).toMatchObject({
      body: {
        type: 'copy',
        copy_target_datasource: 'snap',
        copy_schedule: '0 0 * * *',
        copy_mode: 'append',
      },
    });
    expect(await build(files)).toMatchObject({ body: { result: 'no_changes' } });
  });

  it.each([
    [
      'a copy whose column the target does not have',
      'c.pipe',
      'NODE c\nSQL >\n    SELECT id, 1 AS more FROM events\nTYPE copy\nTARGET_DATASOURCE events',
      'node c: column more is not in datasource events',
    ],
    [
      'a copy into nothing',
      'c.pipe',
      'NODE c\nSQL >\n    SELECT 1\nTYPE copy\nTARGET_DATASOURCE gone',
      'node c: datasource gone does not exist',
    ],
    [
      'a sink over a connection of another type',
      's.pipe',
      'NODE s\nSQL >\n    SELECT 1\nTYPE sink\nEXPORT_CONNECTION_NAME bus\nEXPORT_BUCKET_URI "s3://b/x"',
      'node s: connection bus is of type kafka, expected s3',
    ],
  ])('%s is refused with its file and node', async (_, filename, content, error) => {
    const answer = await build({
      'bus.connection': 'TYPE kafka\nKAFKA_BOOTSTRAP_SERVERS "localhost:9092"',
      [filename]: content,
    });
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ filename, error }] } });
  });
});

describe('queries that read more than tables of the project', () => {
  it('system.numbers and system.one can be read, other system tables not', async () => {
    const sql = 'SELECT number AS n FROM system.numbers LIMIT 2 UNION ALL SELECT dummy FROM system.one';
    expect(await build({ 'p.pipe': endpoint(sql) })).toMatchObject(success);
    expect(await server.call('p', '?')).toEqual(expect.arrayContaining([{ n: 0 }, { n: 1 }, { n: 0 }]));
    expect(await build({ 'p.pipe': endpoint('SELECT name FROM system.tables') })).toMatchObject({
      status: 400,
      body: { errors: [{ error: "node out: Resource 'system.tables' not found" }] },
    });
  });

  it('gaps are filled from a number and to another', async () => {
    const sql = "SELECT 1 AS n, 'a' AS s ORDER BY n WITH FILL FROM 0 TO 3";
    expect(await build({ 'p.pipe': endpoint(sql) })).toMatchObject(success);
    expect(await server.call('p', '?')).toEqual([
      { n: 0, s: '' },
      { n: 1, s: 'a' },
      { n: 2, s: '' },
    ]);
  });

  it('a pipe that reads another database is built with a warning, and never run', async () => {
    const files = {
      'outside.pipe': endpoint("SELECT * FROM postgresql('127.0.0.1:1', 'd', 't', 'u', 'p')"),
      'over.pipe': endpoint('SELECT id FROM outside'),
      'inside.pipe': endpoint('SELECT 1 AS n'),
    };
    const warning = (node: string) =>
      `node ${node}: it reads postgresql(), which is outside of the local server: calls and copies of it are answered with 501`;
    expect(await build(files)).toMatchObject({
      status: 200,
      body: {
        build: {
          feedback: ['outside', 'over'].map((name) => ({
            resource: `Pipe ${name}.pipe`,
            level: 'WARNING',
            message: warning('out'),
          })),
        },
      },
    });
    for (const pipe of ['outside', 'over']) {
      expect(await server.send(`/v0/pipes/${pipe}.json`)).toMatchObject({
        status: 501,
        body: {
          error:
            'node out reads postgresql(): the local server reads no other databases, files or addresses. Query it on Tinybird Cloud',
        },
      });
    }
    expect(await server.call('inside', '?')).toEqual([{ n: 1 }]);
    const target = `SCHEMA >
    id UInt64
ENGINE_SORTING_KEY id`;
    const filled = {
      'target.datasource': target,
      'v.pipe': view("SELECT id FROM url('http://127.0.0.1:1/')"),
    };
    expect(await build(filled)).toMatchObject({
      status: 400,
      body: { errors: [{ error: expect.stringContaining('node v reads url()') as unknown }] },
    });
  });

  it('a query can shorten its time, not lengthen it', async () => {
    const sql = (seconds: number) =>
      `SELECT sleepEachRow(0.1) AS s FROM numbers(8) SETTINGS max_block_size = 1, max_execution_time = ${seconds}`;
    const files = { 'short.pipe': endpoint(sql(0.3)), 'long.pipe': endpoint(sql(1000)) };
    expect(await build(files)).toMatchObject(success);
    expect(await server.send('/v0/pipes/short.json')).toMatchObject({ status: 408 });
    expect(await server.call('long', '?')).toHaveLength(8);
  });

  it('a missing parameter is told with those of its node, and of several such nodes with those of the longest name', async () => {
    const pipe = `NODE some_rows
SQL >
    %
    SELECT id FROM events WHERE name = {{ String(name, required=True) }}
        AND id = {{ UInt64(id) }} {% if defined(at) %}AND at = {{ DateTime(at) }}{% end %}

NODE rows_of_name
SQL >
    %
    SELECT id FROM events WHERE name = {{ String(name) }} AND id IN (SELECT id FROM some_rows)

NODE out
SQL >
    SELECT some_rows.id AS id FROM some_rows JOIN rows_of_name ON rows_of_name.id = some_rows.id
TYPE endpoint`;
    expect(await build({ 'p.pipe': pipe })).toMatchObject(success);
    const told = async (query: string) =>
      ((await server.send(`/v0/pipes/p.json?${query}`)).body as { error: string }).error;
    const message = (names: string) =>
      `Template Syntax Error: Required parameter is not defined. Check the parameters ${names}. Please provide a value or set a default value in the pipe code.`;
    expect(await told('id=1')).toBe(message('name'));
    expect(await told('name=a')).toBe(message('name and id'));
  });
});
