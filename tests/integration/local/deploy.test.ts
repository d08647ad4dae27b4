import { describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const source = (columns = '', tail = '') => `SCHEMA >
    id String \`json:$.id\`,
    at DateTime64(3, 'UTC') \`json:$.at\`,
    rank UInt8 \`json:$.rank\`,
    name String \`json:$.name\`,
    size Nullable(UInt32) \`json:$.size\`${columns}

ENGINE "ReplacingMergeTree"
ENGINE_SORTING_KEY "id, rank"
ENGINE_PARTITION_KEY "toYYYYMM(at)"
${tail}`;

const target = (columns = '') => `SCHEMA >
    id String,
    first SimpleAggregateFunction(min, DateTime64(3, 'UTC')),
    best SimpleAggregateFunction(max, Tuple(UInt8, String)),
    ranks SimpleAggregateFunction(groupUniqArrayArray, Array(UInt8)),
    size SimpleAggregateFunction(max, Nullable(UInt32)),
    people AggregateFunction(uniq, String)${columns}

ENGINE "AggregatingMergeTree"
ENGINE_SORTING_KEY "id"`;

const merge = (columns = '') => `NODE ranked
SQL >
    SELECT *, toUInt8(rank) AS shown FROM sightings

NODE merged
SQL >
    SELECT id, min(at) AS first, max((shown, name)) AS best, [shown] AS ranks, max(size) AS size,
           uniqState(name) AS people${columns}
    FROM ranked
    GROUP BY id, shown

TYPE MATERIALIZED
DATASOURCE things`;

const report = `NODE out
SQL >
    SELECT id, min(first) AS first, max(best).2 AS name, arraySort(groupUniqArrayArray(ranks)) AS ranks,
           max(size) AS size, uniqMerge(people) AS people
    FROM things GROUP BY id ORDER BY id
TYPE endpoint`;

const files = {
  'sightings.datasource': source(),
  'things.datasource': target(),
  'merge.pipe': merge(),
  'report.pipe': report,
};

const sighting = (id: string, rank: number, name: string, at: string, size: number | null = null) => ({
  id,
  rank,
  name,
  at,
  size,
});

const sightings = [
  sighting('a', 1, 'custom', '2026-01-01 00:00:05.000', 7),
  sighting('a', 3, 'real', '2026-01-01 00:00:01.000'),
  sighting('b', 2, 'only', '2026-02-01 00:00:00.000'),
];
/** Worked out by hand: the earliest time, the name with the highest rank, the ranks that occurred, the largest size. */
const merged = [
  { id: 'a', first: '2026-01-01 00:00:01.000', name: 'real', ranks: [1, 3], size: 7, people: 2 },
  { id: 'b', first: '2026-02-01 00:00:00.000', name: 'only', ranks: [2], size: null, people: 1 },
];

async function withServer(
  work: (server: TestServer, reopen: () => Promise<TestServer>) => Promise<void>,
): Promise<void> {
  await using folder = await temporaryFolder();
  let server = await openServer(folder.path);
  try {
    await work(server, async () => {
      await server.local.close();
      server = await openServer(folder.path);
      return server;
    });
  } finally {
    await server.local.close();
  }
}

const success = { status: 200, body: { result: 'success' } };
const withExtra = { ...files, 'extra.datasource': source() };

describe('a deployment', () => {
  it('a materialized target is filled as rows arrive, and repeated rows are aggregated again', () =>
    withServer(async (server) => {
      expect(await server.deploy('/v1/build', files)).toMatchObject(success);
      await server.ingest('sightings', sightings);
      expect(await server.call('report')).toEqual(merged);
      await server.ingest('sightings', sightings);
      expect(await server.call('report')).toEqual(merged);
    }));

  it('a new materialized target is filled from the existing rows', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', { 'sightings.datasource': source() });
      await server.ingest('sightings', sightings);
      expect(await server.deploy('/v1/deploy?auto_promote=true', files)).toMatchObject(success);
      expect(await server.call('report')).toEqual(merged);
    }));

  it('a target is computed again when its query or its columns change', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', files);
      await server.ingest('sightings', sightings);
      const next = {
        ...files,
        'things.datasource': target(",\n    last SimpleAggregateFunction(max, DateTime64(3, 'UTC'))"),
        'merge.pipe': merge(', max(at) AS last'),
        'report.pipe':
          'NODE out\nSQL >\n    SELECT id, max(last) AS last FROM things GROUP BY id ORDER BY id\nTYPE endpoint',
      };
      expect(await server.deploy('/v1/deploy?auto_promote=true', next)).toMatchObject(success);
      expect(await server.call('report')).toEqual([
        { id: 'a', last: '2026-01-01 00:00:05.000' },
        { id: 'b', last: '2026-02-01 00:00:00.000' },
      ]);
      await server.ingest('sightings', [sighting('b', 1, 'x', '2026-03-01 00:00:00.000')]);
      expect(await server.call('report')).toContainEqual({ id: 'b', last: '2026-03-01 00:00:00.000' });
    }));

  it('a deployment without changes says so', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', files);
      expect(await server.deploy('/v1/build', files)).toEqual(
        expect.objectContaining({ status: 200, body: { result: 'no_changes' } }),
      );
      expect(await server.deploy('/v1/deploy?auto_promote=true', files)).toMatchObject({
        body: { result: 'no_changes' },
      });
    }));

  it('a deployment and its data survive a restart', () =>
    withServer(async (server, reopen) => {
      await server.deploy('/v1/build', files);
      await server.ingest('sightings', sightings);
      const again = await reopen();
      expect(await again.call('report')).toEqual(merged);
      expect(await again.deploy('/v1/build', files)).toMatchObject({ body: { result: 'no_changes' } });
      await again.ingest('sightings', [sighting('c', 1, 'new', '2026-01-01 00:00:00.000')]);
      expect(await again.call('report')).toHaveLength(3);
    }));

  it('new columns are added and the rows are kept', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', files);
      await server.ingest('sightings', sightings);
      const more =
        ",\n    origin String `json:$.origin` DEFAULT 'live',\n    speed Nullable(String) `json:$.speed`";
      const next = { ...files, 'sightings.datasource': source(more) };
      expect(await server.deploy('/v1/deploy?auto_promote=true', next)).toMatchObject({
        body: {
          result: 'success',
          deployment: { id: '2', live: true, changed_datasource_names: ['sightings'] },
        },
      });
      expect(
        await server.rows('SELECT count() AS n, any(origin) AS origin, any(speed) AS speed FROM sightings'),
      ).toEqual([{ n: 3, origin: 'live', speed: null }]);
      expect(await server.call('report')).toEqual(merged);
      await server.ingest('sightings', [
        { ...sighting('c', 1, 'x', '2026-01-01 00:00:00.000'), origin: 'backfill' },
      ]);
      expect(await server.rows("SELECT count() AS n FROM sightings WHERE origin = 'backfill'")).toEqual([
        { n: 1 },
      ]);
    }));

  it('the rows are kept if keys, settings, column order or wider types require a new table', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', { 'sightings.datasource': source() });
      await server.ingest('sightings', sightings);
      const next = source('', 'ENGINE_SETTINGS "index_granularity=1024"')
        .replace('rank UInt8', 'rank UInt32')
        .replace('name String', 'name LowCardinality(String)')
        .replace('"id, rank"', '"rank, id"');
      expect(
        await server.deploy('/v1/deploy?auto_promote=true', { 'sightings.datasource': next }),
      ).toMatchObject(success);
      expect(await server.rows('SELECT id, rank, name, size FROM sightings ORDER BY id, rank')).toEqual([
        { id: 'a', rank: 1, name: 'custom', size: 7 },
        { id: 'a', rank: 3, name: 'real', size: null },
        { id: 'b', rank: 2, name: 'only', size: null },
      ]);
    }));

  it('a deployment that would lose data is refused and names the column, unless it is allowed', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', withExtra);
      await server.ingest('extra', sightings);
      const dropped = {
        ...files,
        'extra.datasource': source().replace('    name String `json:$.name`,\n', ''),
      };
      const narrowed = { ...files, 'extra.datasource': source().replace('rank UInt8', 'rank Int8') };
      const deploy = (next: Record<string, string>, query = '') =>
        server.deploy(`/v1/deploy?auto_promote=true${query}`, next);
      const error = async (next: Record<string, string>) => {
        const { status, body } = await deploy(next);
        expect(status).toBe(400);
        return (body as { errors: { filename: string; error: string }[] }).errors[0];
      };
      expect(await error(dropped)).toMatchObject({
        filename: 'extra.datasource',
        error: expect.stringMatching(/^column name is removed: data would be lost/) as string,
      });
      expect((await error(narrowed))?.error).toMatch(/^column rank changes from UInt8 to Int8/);
      expect((await error(files))?.error).toMatch(/^datasource extra is removed: its 3 rows would be lost/);
      expect(await server.rows('SELECT count() AS n FROM extra')).toEqual([{ n: 3 }]);
      expect(await deploy(dropped, '&allow_destructive_operations=true')).toMatchObject(success);
      expect(await server.rows('SELECT * FROM extra ORDER BY id, rank LIMIT 1')).toEqual([
        { id: 'a', at: '2026-01-01 00:00:05.000', rank: 1, size: 7 },
      ]);
      expect(await deploy(files, '&allow_destructive_operations=true')).toMatchObject({
        body: { deployment: { deleted_datasource_names: ['extra'] } },
      });
    }));

  it('a column can be dropped while the merges of its table are paused for an import', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', { 'sightings.datasource': source() });
      await server.ingest('sightings', sightings);
      const file = await server.parquet(
        `SELECT concat(id, hex(sipHash128(n))) AS id, at, rank, name, size FROM sightings ARRAY JOIN range(20000) AS n`,
      );
      expect(file.length).toBeGreaterThan(500_000);
      const imported = await server.append('sightings', file);
      expect(imported).toMatchObject({ status: 200, body: { successful_rows: 60_000 } });
      const dropped = source().replace('    name String `json:$.name`,\n', '');
      const deploy = '/v1/deploy?auto_promote=true&allow_destructive_operations=true';
      expect(await server.deploy(deploy, { 'sightings.datasource': dropped })).toMatchObject(success);
      expect(await server.rows('SELECT count() AS n FROM sightings')).toEqual([{ n: 60_003 }]);
      const few = 'SELECT id, rank, size FROM sightings FINAL WHERE length(id) = 1 ORDER BY id, rank';
      expect(await server.rows(few)).toEqual([
        { id: 'a', rank: 1, size: 7 },
        { id: 'a', rank: 3, size: null },
        { id: 'b', rank: 2, size: null },
      ]);
    }));

  it('a datasource that a build removed gets its rows back', () =>
    withServer(async (server, reopen) => {
      await server.deploy('/v1/build', withExtra);
      await server.ingest('extra', sightings);
      expect(await server.deploy('/v1/build', files)).toMatchObject({
        body: { build: { deleted_datasource_names: ['extra'] } },
      });
      expect((await server.send('/v0/sql?q=SELECT+1+FROM+extra')).status).toBe(400);
      const again = await reopen();
      expect(await again.deploy('/v1/build', withExtra)).toMatchObject(success);
      expect(await again.rows('SELECT count() AS n FROM extra')).toEqual([{ n: 3 }]);
    }));

  it.each([
    ['a FORWARD_QUERY converts the rows', ' FROM sightings'],
    ['a FORWARD_QUERY without FROM reads the datasource itself', ''],
  ])('%s', (_, from) =>
    withServer(async (server) => {
      await server.deploy('/v1/build', { 'sightings.datasource': source() });
      await server.ingest('sightings', sightings);
      const next = `${source('', '').replace('rank UInt8', 'rank String')}
FORWARD_QUERY >
    SELECT id, at, concat('r', toString(rank)) AS rank, name, size${from}`;
      expect(
        await server.deploy('/v1/deploy?auto_promote=true', { 'sightings.datasource': next }),
      ).toMatchObject(success);
      expect(await server.rows('SELECT rank FROM sightings ORDER BY rank')).toEqual([
        { rank: 'r1' },
        { rank: 'r2' },
        { rank: 'r3' },
      ]);
    }),
  );

  it('a deployment with any error changes nothing, and names the file and the node', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', files);
      await server.ingest('sightings', sightings);
      const broken: [Record<string, string>, string, RegExp][] = [
        [{ 'report.pipe': report.replace('max(size)', 'max(nope)') }, 'report.pipe', /^node out: .*nope/],
        [
          { 'report.pipe': report.replace('FROM things', 'FROM nothing') },
          'report.pipe',
          /Resource 'nothing' not found/,
        ],
        [
          { 'report.pipe': 'NODE a\nSQL >\n    %\n    SELECT {{ Int32(x }}\n' },
          'report.pipe',
          /Template Syntax Error/,
        ],
        [
          { 'merge.pipe': merge(', 1 AS unknown_column') },
          'merge.pipe',
          /column unknown_column is not in datasource things/,
        ],
        [
          { 'merge.pipe': merge().replace('[shown] AS ranks', "'x' AS ranks") },
          'merge.pipe',
          /column ranks is String/,
        ],
        [
          { 'merge.pipe': merge().replace('DATASOURCE things', 'DATASOURCE gone') },
          'merge.pipe',
          /gone does not exist/,
        ],
        [{ 'sightings.datasource': source().replace('"id, rank"', '"idd"') }, 'sightings.datasource', /idd/],
        [{ 'sightings.datasource': source().replace('UInt8', 'UInt9') }, 'sightings.datasource', /UInt9/],
        [
          { 'sightings.datasource': source(",\n    f String DEFAULT file('/etc/passwd')") },
          'sightings.datasource',
          /^SCHEMA: column f: DEFAULT: the function file\(\) is not allowed/,
        ],
        [
          { 'sightings.datasource': source('', 'ENGINE_SETTINGS "storage_policy=\'default\'"') },
          'sightings.datasource',
          /^ENGINE_SETTINGS: the setting storage_policy is not allowed/,
        ],
        [{ 'ws_local.datasource': source() }, 'ws_local.datasource', /the local server's own/],
        [{ 'things.pipe': report }, 'things.pipe', /the name things is taken by things.datasource/],
        [
          { 'kafka.connection': 'TYPE kafka' },
          'kafka.connection',
          /TYPE kafka needs KAFKA_BOOTSTRAP_SERVERS/,
        ],
        [
          { 'a.pipe': 'NODE n\nSQL >\n    SELECT * FROM b', 'b.pipe': 'NODE n\nSQL >\n    SELECT * FROM a' },
          'a.pipe',
          /in a circle: a.n → b.n → a.n/,
        ],
      ];
      for (const [change, filename, message] of broken) {
        const { status, body } = await server.deploy('/v1/build', { ...files, ...change });
        expect([status, body]).toMatchObject([400, { result: 'failed' }]);
        const problem = (body as { errors: { filename: string; error: string }[] }).errors.find(
          (one) => one.filename === filename,
        );
        expect(problem?.error).toMatch(message);
      }
      expect(await server.call('report')).toEqual(merged);
      expect(await server.deploy('/v1/build', files)).toMatchObject({ body: { result: 'no_changes' } });
    }));

  it('a deployment can be only checked, can wait for set-live, and is listed', () =>
    withServer(async (server) => {
      expect(await server.deploy('/v1/deploy?check=true', files)).toMatchObject(success);
      expect((await server.send('/health')).body).toMatchObject({ deployed: false });
      expect(await server.deploy('/v1/deploy', files)).toMatchObject({
        body: { deployment: { id: '1', status: 'data_ready', live: false } },
      });
      expect((await server.send('/v0/pipes/report.json')).status).toBe(404);
      expect(await server.send('/v1/deployments/1/set-live', { method: 'POST' })).toMatchObject(success);
      expect(await server.call('report')).toEqual([]);
      const { body } = await server.send('/v1/deployments?include_deleted=true');
      expect((body as { deployments: unknown[] }).deployments).toMatchObject([
        { id: '2', live: true },
        { id: '1', live: false, status: 'deleted' },
      ]);
      expect((await server.send('/v1/deployments/2', { method: 'DELETE' })).status).toBe(400);
    }));

  it('the definitions can be read back verbatim and as JSON', () =>
    withServer(async (server) => {
      await server.deploy('/v1/build', files);
      expect((await server.send('/v0/datasources/things.datasource')).text).toBe(target());
      expect((await server.send('/v1/pipes/report.pipe')).text).toBe(report);
      expect((await server.send('/v0/datasources/sightings')).body).toMatchObject({
        name: 'sightings',
        schema: {
          columns: expect.arrayContaining([
            {
              name: 'size',
              type: 'Nullable(UInt32)',
              jsonpath: '$.size',
              default_value: null,
              codec: null,
              nullable: true,
            },
          ]) as unknown[],
        },
        engine: { engine: 'ReplacingMergeTree', sorting_key: 'id, rank' },
      });
      expect((await server.send('/v0/pipes/report')).body).toMatchObject({
        endpoint: 'out',
        nodes: [{ columns: expect.arrayContaining([{ name: 'ranks', type: 'Array(UInt8)' }]) as unknown[] }],
      });
    }));
});
