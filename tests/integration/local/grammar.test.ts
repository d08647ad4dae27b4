import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path);
});

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

const deployed = { status: 200, body: { result: 'success' } };
const same = { status: 200, body: { result: 'no_changes' } };
const deploy = (files: Record<string, string>, more = '') =>
  server.deploy(`/v1/deploy?auto_promote=true${more}`, files);
/** A build that fails with one error. */
const refused = (error: unknown) => ({ status: 400, body: { errors: [{ error }] } });
const containing = (text: string): unknown => expect.stringContaining(text);

describe('projections', () => {
  const visits = (columns = '', tail = '', projections = '(SELECT page, sum(n) GROUP BY page)') => `SCHEMA >
    id UInt32 \`json:$.id\`,
    page String \`json:$.page\`,
    n UInt32 \`json:$.n\`${columns}

ENGINE "MergeTree"
ENGINE_SORTING_KEY "id"
${tail}
PROJECTIONS >
    by_page ${projections}
`;
  const pages = `NODE out
SQL >
    SELECT page, sum(n) AS n FROM visits GROUP BY page ORDER BY page
TYPE endpoint`;
  const project = (text: string) => ({ 'visits.datasource': text, 'pages.pipe': pages });
  const rows = [
    { id: 1, page: '/a', n: 2 },
    { id: 2, page: '/b', n: 5 },
    { id: 3, page: '/a', n: 40 },
  ];
  const totals = [
    { page: '/a', n: 42 },
    { page: '/b', n: 5 },
  ];
  const plan = async () => (await server.send('/v0/pipes/pages/explain')).text;

  it('the engine reads one instead of the table, and the same text is no change', async () => {
    expect(await deploy(project(visits()))).toMatchObject({
      ...deployed,
      body: {
        deployment: {
          feedback: [{ level: 'WARNING', message: containing('Tinybird Cloud may refuse it') }],
        },
      },
    });
    await server.ingest('visits', rows);
    expect(await server.call('pages')).toEqual(totals);
    expect(await plan()).toContain('by_page');
    expect(await deploy(project(visits()))).toMatchObject(same);
    expect((await server.send('/v0/datasources/visits.datasource')).text).toBe(visits());
  });

  it('it stays with the rows when a column is added, a TTL changes, and rows are deleted or replaced', async () => {
    const changed = visits(
      ',\n    at DateTime `json:$.at` DEFAULT now()',
      'ENGINE_TTL "at + INTERVAL 50 YEAR"',
    );
    expect(await deploy(project(changed))).toMatchObject(deployed);
    expect(await server.call('pages')).toEqual(totals);
    expect(await plan()).toContain('by_page');
    const form = new URLSearchParams({ delete_condition: 'id = 3' });
    expect(await server.send('/v0/datasources/visits/delete', { method: 'POST', body: form })).toMatchObject({
      status: 200,
    });
    expect(await server.call('pages')).toEqual([
      { page: '/a', n: 2 },
      { page: '/b', n: 5 },
    ]);
    const csv = Buffer.from('id,page,n\n7,/c,1\n');
    expect(await server.append('visits', csv, 'mode=replace&format=csv')).toMatchObject({ status: 200 });
    expect(await server.call('pages')).toEqual([{ page: '/c', n: 1 }]);
    expect(await plan()).toContain('by_page');
  });

  it('a change of its query, and its removal, keep the rows', async () => {
    await deploy(project(visits()), '&allow_destructive_operations=true');
    const other = visits('', '', '(\n        SELECT *\n        ORDER BY page\n    )');
    expect(await deploy(project(other))).toMatchObject(deployed);
    expect(await server.call('pages')).toEqual([{ page: '/c', n: 1 }]);
    expect(await plan()).not.toContain('ReadFromMergeTree (by_page)');
    const none = visits().replace(/PROJECTIONS[^]*/, '');
    expect(await deploy(project(none))).toMatchObject(deployed);
    expect(await server.call('pages')).toEqual([{ page: '/c', n: 1 }]);
  });

  it('what is wrong in one is told with the reason', async () => {
    const error = async (projection: string) => deploy(project(visits('', '', projection)));
    expect(await error('(SELECT nope ORDER BY nope)')).toMatchObject(refused(containing('nope')));
    expect(await error('(SELECT page, hostName() ORDER BY page)')).toMatchObject(
      refused(containing('hostName() is not allowed')),
    );
    expect(await error('(SELECT page FROM visits)')).toMatchObject(
      refused(containing('PROJECTIONS: by_page: FROM is not allowed here')),
    );
    expect(await error('SELECT page')).toMatchObject(
      refused(containing('line 10: PROJECTIONS: "by_page SELECT page" is not of the form')),
    );
  });
});

describe('ENGINE Join', () => {
  const names = (columns = '', type = 'LEFT') => `SCHEMA >
    id UInt32 \`json:$.id\`,
    name String \`json:$.name\`${columns}

ENGINE "Join"
ENGINE_JOIN_STRICTNESS "ANY"
ENGINE_JOIN_TYPE "${type}"
ENGINE_KEY_COLUMNS "id"

TOKEN of_names READ
`;
  const files = {
    'names.datasource': names(),
    'sales.datasource': `SCHEMA >
    id UInt32 \`json:$.id\`,
    n UInt32 \`json:$.n\`
ENGINE_SORTING_KEY "id"
TOKEN of_sales READ
`,
    'named_sales.datasource': 'SCHEMA >\n    name String,\n    n UInt32\nENGINE_SORTING_KEY "name"',
    'name_sales.pipe': `NODE n
SQL >
    SELECT joinGet('names', 'name', id) AS name, n FROM sales
TYPE materialized
DATASOURCE named_sales`,
    'by_name.pipe': `NODE out
SQL >
    %
    SELECT id, joinGet('names', 'name', id) AS name, joinGetOrNull(names, 'name', id) AS known
    FROM sales ORDER BY id LIMIT {{Int32(most, 10)}}
TYPE endpoint
TOKEN of_pipe READ`,
    'joined.pipe': `NODE out
SQL >
    SELECT id, name FROM sales ANY LEFT JOIN names USING id ORDER BY id
TYPE endpoint`,
  };
  const tokenOf = async (name: string) => {
    const { body } = await server.send('/v0/tokens');
    const { tokens } = body as { tokens: { name: string; token: string }[] };
    return tokens.find((one) => one.name === name)?.token ?? '';
  };
  const sql = async (text: string, token = 'local') =>
    server.send('/v0/sql', { method: 'POST', body: text, token });
  const refusedQuery = (error: string, status = 400) => ({ status, body: { error: containing(error) } });
  const named = [
    { id: 1, name: 'one', known: 'one' },
    { id: 2, name: '', known: null },
  ];

  it('a table is joined and looked up in, by pipes and materialized views', async () => {
    expect(await deploy(files, '&allow_destructive_operations=true')).toMatchObject(deployed);
    expect(await deploy(files)).toMatchObject(same);
    expect((await server.send('/v0/datasources/names.datasource')).text).toBe(names());
    expect((await server.send('/v0/datasources/names')).body).toMatchObject({
      engine: {
        engine: 'Join',
        engine_join_strictness: 'ANY',
        engine_join_type: 'LEFT',
        engine_key_columns: 'id',
      },
    });
    await server.ingest('names', [
      { id: 1, name: 'one' },
      { id: 1, name: 'later' },
    ]);
    await server.ingest('sales', [
      { id: 1, n: 3 },
      { id: 2, n: 4 },
    ]);
    expect(await server.call('by_name')).toEqual(named);
    expect(await server.call('by_name', '?most=1')).toEqual(named.slice(0, 1));
    expect(await server.call('joined')).toEqual([
      { id: 1, name: 'one' },
      { id: 2, name: '' },
    ]);
    expect(await server.rows('SELECT * FROM named_sales ORDER BY n')).toEqual([
      { name: 'one', n: 3 },
      { name: '', n: 4 },
    ]);
  });

  it('another definition keeps the rows; rows are deleted, replaced, and truncated', async () => {
    const wider = { ...files, 'names.datasource': names(',\n    size UInt8 `json:$.size` DEFAULT 7') };
    expect(await deploy(wider)).toMatchObject(deployed);
    expect(await server.rows('SELECT * FROM names')).toEqual([{ id: 1, name: 'one', size: 7 }]);
    expect(await server.call('by_name')).toEqual(named);
    expect(await deploy(files)).toMatchObject(refused(containing('column size is removed')));
    expect(await deploy(files, '&allow_destructive_operations=true')).toMatchObject(deployed);
    expect(await server.call('by_name')).toEqual(named);

    await server.ingest('names', [{ id: 2, name: 'two' }]);
    const gone = await server.send('/v0/datasources/names/delete', {
      method: 'POST',
      body: new URLSearchParams({ delete_condition: 'id = 1' }),
    });
    expect(gone).toMatchObject({ status: 200 });
    expect(await server.rows('SELECT * FROM names')).toEqual([{ id: 2, name: 'two' }]);
    await server.append('names', Buffer.from('id,name\n1,uno\n'), 'mode=replace&format=csv');
    expect(await server.rows('SELECT * FROM names')).toEqual([{ id: 1, name: 'uno' }]);
    expect(await server.send('/v0/datasources/names/compact', { method: 'POST' })).toMatchObject({
      status: 200,
    });
    await server.send('/v0/datasources/names/truncate', { method: 'POST' });
    expect(await server.rows('SELECT * FROM names')).toEqual([]);
    await server.ingest('names', [{ id: 1, name: 'one' }]);
  });

  it('a branch with data=last_partition has its rows', async () => {
    await server.send('/v1/environments?name=joins&data=last_partition', { method: 'POST' });
    const { body } = await server.send('/v0/environments/joins?with_token=true');
    const { token } = body as { token: string };
    expect((await sql("SELECT joinGet('names', 'name', toUInt32(1)) AS name", token)).body).toMatchObject({
      data: [{ name: 'one' }],
    });
  });

  it('a token needs the scope of the table, whose name is only a text', async () => {
    const query = "SELECT joinGet('names', 'name', toUInt32(1)) AS name";
    expect((await sql(query, await tokenOf('of_names'))).body).toMatchObject({ data: [{ name: 'one' }] });
    expect(await sql(query, await tokenOf('of_sales'))).toMatchObject({ status: 403 });
    expect(await sql(query, await tokenOf('of_pipe'))).toMatchObject({ status: 403 });
    const pipe = await server.send('/v0/pipes/by_name.json', { token: await tokenOf('of_pipe') });
    expect(pipe.body).toMatchObject({ data: named });
  });

  it('a filter of a token cannot be passed by', async () => {
    const scopes = [{ type: 'DATASOURCES:READ', resource: 'names', filter: 'id = 2' }];
    const made = await server.send(`/v0/tokens/?expiration_time=${Math.ceil(Date.now() / 1000) + 600}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'filtered', scopes }),
    });
    const { token } = made.body as { token: string };
    expect((await sql('SELECT * FROM names', token)).body).toMatchObject({ data: [] });
    expect(await sql("SELECT joinGet('names', 'name', toUInt32(1))", token)).toMatchObject(
      refusedQuery('The token filters the rows of "names"', 403),
    );
  });

  it('other tables, and names that a query computes, are refused', async () => {
    const { body } = await server.send('/v1/workspaces', {
      method: 'POST',
      body: new URLSearchParams({ name: 'foreign' }),
    });
    const { id, token } = body as { id: string; token: string };
    const form = new FormData();
    form.append('data_project://', new File([names()], 'secret.datasource', { type: 'text/plain' }));
    await server.send('/v1/build', { method: 'POST', body: form, token });
    const letters = id.replaceAll('-', '').replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
    for (const table of ["'secret'", "'foreign.secret'", `'ws_local__${letters}.secret'`, 'ws_local.names']) {
      expect(await sql(`SELECT joinGet(${table}, 'name', toUInt32(1))`)).toMatchObject(
        refusedQuery('not found'),
      );
    }
    expect(await sql("SELECT joinGet('sales', 'n', toUInt32(1))")).toMatchObject(
      refusedQuery('joinGet() reads Data Sources of ENGINE Join, and sales has ENGINE MergeTree'),
    );
    for (const table of [
      `concat('ws_local__${letters}', '.secret')`,
      "'ws_local.names' AS t",
      `'ws_local__${letters}\\x2esecret'`,
      'toString(1)',
      'x.names',
      'nope',
    ]) {
      expect(await sql(`SELECT joinGet(${table}, 'name', toUInt32(1))`)).toMatchObject(
        refusedQuery('is not allowed'),
      );
    }
    for (const query of [
      `WITH 'ws_local__${letters}.secret' AS t SELECT joinGet(t, 'name', toUInt32(1))`,
      `SELECT arrayMap(t -> joinGet(t, 'name', toUInt32(1)), ['ws_local__${letters}.secret'])`,
      `SELECT arrayMap(joinGet, ['ws_local__${letters}.secret'], ['name'], [toUInt32(1)])`,
      `SELECT * APPLY(joinGet) FROM (SELECT 'ws_local__${letters}.secret' AS a)`,
    ]) {
      expect([query, (await sql(query)).status]).toEqual([query, 400]);
    }
  });

  it('a pipe over what does not exist, and a default that looks up, are not built', async () => {
    const pipe = (table: string) => ({
      ...files,
      'by_name.pipe': `NODE out\nSQL >\n    SELECT joinGet('${table}', 'name', toUInt32(1)) AS a\nTYPE endpoint`,
    });
    expect(await deploy(pipe('nope'))).toMatchObject(refused("node out: Resource 'nope' not found"));
    expect(await deploy(pipe('joined'))).toMatchObject(refused("node out: Resource 'joined' not found"));
    const looking = names(`,\n    other String DEFAULT joinGet('names', 'name', id)`);
    expect(await deploy({ ...files, 'more.datasource': looking })).toMatchObject(
      refused(
        'SCHEMA: column other: DEFAULT: the function joinGet() is not allowed here: it reads another table',
      ),
    );
    expect(await deploy({ ...files, 'names.datasource': names('', 'OUTER') })).toMatchObject(
      refused('ENGINE_JOIN_TYPE is one of LEFT, INNER, RIGHT, FULL, found OUTER'),
    );
    expect(
      await deploy({ ...files, 'names.datasource': names().replace('COLUMNS "id"', 'COLUMNS "no"') }),
    ).toMatchObject(refused(containing('no')));
  });

  it('the rows are there after a restart, and nothing is deployed again', async () => {
    await server.local.close();
    server = await openServer(folder.path);
    expect(await server.call('by_name')).toEqual(named);
    expect(await deploy(files)).toMatchObject(same);
  });
});

describe('engines', () => {
  const table = (engine: string) =>
    `SCHEMA >\n    a UInt32 \`json:$.a\`,\n    n UInt32 \`json:$.n\`,\n    s Int8 \`json:$.s\` DEFAULT 1,\n    d UInt8 \`json:$.d\`,\n    t DateTime \`json:$.t\` DEFAULT now()\n${engine}`;
  const engines = {
    all_options: `ENGINE "MergeTree"
ENGINE_SORTING_KEY "intHash32(a), t"
ENGINE_PRIMARY_KEY "intHash32(a)"
ENGINE_SAMPLING_KEY "intHash32(a)"
ENGINE_PARTITION_KEY "toYYYYMM(t)"
ENGINE_TTL "t + toIntervalYear(50)"
ENGINE_SETTINGS "index_granularity = 256, ttl_only_drop_parts = 1"`,
    replacing: `ENGINE replacingmergetree
ENGINE_SORTING_KEY "a"
ENGINE_VER "n"
ENGINE_IS_DELETED "d"
ENGINE_SETTINGS "deduplicate_merge_projection_mode = 'rebuild'"
PROJECTIONS >
    by_n (SELECT n, count() GROUP BY n)`,
    summing: 'ENGINE "SummingMergeTree"\nENGINE_SORTING_KEY "a"\nENGINE_COLUMNS "n, d"',
    aggregating: 'ENGINE "AggregatingMergeTree"\nENGINE_SORTING_KEY "a"\nENGINE_TTL ""',
    collapsing: 'ENGINE "CollapsingMergeTree"\nENGINE_SORTING_KEY "a"\nENGINE_SIGN "s"',
    versioned:
      'ENGINE "VersionedCollapsingMergeTree"\nENGINE_SORTING_KEY "a"\nENGINE_SIGN "s"\nENGINE_VERSION "n"',
    joined:
      'ENGINE "Join"\nENGINE_JOIN_STRICTNESS "all"\nENGINE_JOIN_TYPE "inner"\nENGINE_KEY_COLUMNS "a, d"',
    nothing: 'ENGINE null\nENGINE_SORTING_KEY ""\nENGINE_PARTITION_KEY ""\nENGINE_TTL ""',
  };
  const files = Object.fromEntries(
    Object.entries(engines).map(([name, engine]) => [`${name}.datasource`, table(engine)]),
  );

  it('each engine with all its options is built, takes rows, and is no change when it is sent again', async () => {
    expect(await deploy(files, '&allow_destructive_operations=true')).toMatchObject(deployed);
    expect(await deploy(files)).toMatchObject(same);
    const rows = [
      { a: 1, n: 2, d: 0 },
      { a: 1, n: 3, d: 0 },
    ];
    for (const name of Object.keys(engines)) {
      expect(await server.ingest(name, rows)).toEqual({ successful_rows: 2, quarantined_rows: 0 });
    }
    expect(await server.rows('SELECT n FROM replacing FINAL')).toEqual([{ n: 3 }]);
    expect(await server.rows('SELECT n FROM summing FINAL')).toEqual([{ n: 5 }]);
    const keys = 'SELECT toUInt32(1) AS a, toUInt8(0) AS d';
    expect(
      await server.rows(`SELECT n FROM (${keys}) AS k ALL INNER JOIN joined USING (a, d) ORDER BY n`),
    ).toEqual([{ n: 2 }, { n: 3 }]);
    expect(await server.rows('SELECT count() AS n FROM nothing')).toEqual([{ n: 0 }]);
    expect(await server.rows('SELECT count() AS n FROM all_options SAMPLE 1')).toEqual([{ n: 2 }]);
  });

  it('a Join table whose rows the engine cannot list keeps its definition until it is emptied', async () => {
    const changed = { ...files, 'joined.datasource': table(engines.joined).replace('n UInt32', 'n UInt64') };
    expect(await deploy(changed)).toMatchObject(
      refused(containing('the engine cannot list the rows of joined')),
    );
    expect(
      await server.send('/v1/environments?name=listed&data=last_partition', { method: 'POST' }),
    ).toMatchObject({
      status: 200,
      body: { job: { status: 'done' } },
    });
    await server.send('/v0/datasources/joined/truncate', { method: 'POST' });
    expect(await deploy(changed)).toMatchObject(deployed);
  });
});

it('a copy whose query has a column twice is not built', async () => {
  const copy = (select: string) => ({
    'origin.datasource': 'SCHEMA >\n    id UInt32,\n    n UInt32\nENGINE_SORTING_KEY "id"',
    'into.datasource': 'SCHEMA >\n    id UInt32,\n    n UInt32\nENGINE_SORTING_KEY "id"',
    'c.pipe': `NODE c\nSQL >\n    ${select}\nTYPE copy\nTARGET_DATASOURCE into`,
  });
  for (const select of ['SELECT *, id FROM origin', 'SELECT id, n + 1 AS n, n FROM origin']) {
    expect(await server.deploy('/v1/build', copy(select))).toMatchObject(
      refused(expect.stringMatching(/^node c: the query has the column (id|n) twice/)),
    );
  }
  expect(
    await server.deploy('/v1/build', copy('SELECT *, id + 1 AS n FROM (SELECT id FROM origin)')),
  ).toMatchObject(deployed);
});

it('values() and generateRandom() make rows in pipes, of columns with a name and a type alone', async () => {
  const pipe = (sql: string) => ({ 'r.pipe': `NODE r\nSQL >\n    ${sql}\nTYPE endpoint` });
  const build = (sql: string) => server.deploy('/v1/build', pipe(sql));
  expect(
    await build("SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y')) ORDER BY a"),
  ).toMatchObject(deployed);
  expect(await server.call('r')).toEqual([
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
  ]);
  expect(
    await build("SELECT count() AS n FROM (SELECT * FROM generateRandom('a UInt8', 1) LIMIT 3)"),
  ).toMatchObject(deployed);
  expect(await server.call('r')).toEqual([{ n: 3 }]);
  for (const sql of [
    "SELECT * FROM values('a UInt8 DEFAULT 1', 1)",
    'SELECT * FROM generateRandom() LIMIT 1',
  ]) {
    expect(await build(sql)).toMatchObject(refused(containing('is not allowed like this')));
  }
});
