import { describe, expect, it } from 'vitest';
import { parseDatasource } from './datasource.js';

/** The datafile that the SDK's generator writes for a datasource that uses everything. */
const full = `DESCRIPTION >
    User events 'quoted' "dq"

SCHEMA >
    event_id UUID \`json:$.event_id\`,
    ts_tz DateTime('UTC') \`json:$.ts_tz\`,
    lcn LowCardinality(Nullable(String)) \`json:$.lcn\`,
    amount Decimal(18, 4) \`json:$.amount\` DEFAULT 0,
    label String \`json:$.label\` DEFAULT 'it\\'s, CODEC',
    created64 DateTime64(6, 'UTC') \`json:$.created64\` DEFAULT now64(6) CODEC(Delta, ZSTD(1)),
    tags_d Array(String) \`json:$.tags_d\` DEFAULT ["a","b'c"],
    props Map(String, String) \`json:$.props\` DEFAULT {"a":"b"},
    kind16 Enum16('a' = 1, 'b\\'c' = 2) \`json:$.kind16\`,
    arr_path Array(Int32) \`json:$.meta.ids[:]\`,
    raw String \`json:$\`,

ENGINE "ReplacingMergeTree"
ENGINE_PARTITION_KEY "toYYYYMM(ts)"
ENGINE_SORTING_KEY "user_id, ts"
ENGINE_VER "version"
ENGINE_IS_DELETED "deleted"
ENGINE_TTL "toDateTime(ts) + INTERVAL 90 DAY"
ENGINE_SETTINGS "index_granularity=1024"

INDEXES >
    idx_country country TYPE set(100) GRANULARITY 4
    INDEX idx_bf lower(user_id) TYPE bloom_filter(0.01) GRANULARITY 2

FORWARD_QUERY >
    SELECT *, 1 AS extra
    FROM events

TOKEN app_read READ
TOKEN inline tok APPEND
TOKEN "with space" READ

SHARED_WITH >
    ws_a,
    ws_b
BACKFILL skip
`;

describe('parseDatasource', () => {
  it('a datafile of the SDK is read', () => {
    const datasource = parseDatasource('events', full);
    const column = (name: string) => datasource.columns.find((one) => one.name === name);
    expect(datasource.description).toBe(`User events 'quoted' "dq"`);
    expect(datasource.columns).toHaveLength(11);
    expect(column('amount')).toMatchObject({
      type: 'Decimal(18, 4)',
      defaultExpression: '0',
      jsonPath: '$.amount',
    });
    expect(column('label')).toMatchObject({ defaultExpression: "'it\\'s, CODEC'", codec: undefined });
    expect(column('created64')).toMatchObject({ defaultExpression: 'now64(6)', codec: 'Delta, ZSTD(1)' });
    expect(column('tags_d')?.defaultExpression).toBe("['a', 'b\\'c']");
    expect(column('props')?.defaultExpression).toBe("map('a', 'b')");
    expect(column('kind16')?.type).toBe("Enum16('a' = 1, 'b\\'c' = 2)");
    expect(column('arr_path')?.jsonPath).toBe('$.meta.ids[:]');
    expect(column('raw')?.jsonPath).toBe('$');
    expect(datasource.engine).toMatchObject({
      name: 'ReplacingMergeTree',
      sortingKey: 'user_id, ts',
      version: 'version',
      isDeleted: 'deleted',
      ttl: 'toDateTime(ts) + INTERVAL 90 DAY',
    });
    expect(datasource.indexes).toEqual([
      { name: 'idx_country', definition: 'country TYPE set(100) GRANULARITY 4' },
      { name: 'idx_bf', definition: 'lower(user_id) TYPE bloom_filter(0.01) GRANULARITY 2' },
    ]);
    expect(datasource.forwardQuery).toBe('SELECT *, 1 AS extra\nFROM events');
    expect(datasource.tokens).toEqual([
      { name: 'app_read', permission: 'READ' },
      { name: 'inline tok', permission: 'APPEND' },
      { name: 'with space', permission: 'READ' },
    ]);
    expect(datasource).toMatchObject({
      backfill: 'skip',
      sharedWith: ['ws_a', 'ws_b'],
      connector: undefined,
    });
  });

  it('the options of an import are kept as they are written', () => {
    const text = `SCHEMA >
    id String \`json:$.id\`
TAGS "landing, raw"
IMPORT_CONNECTION_NAME {{ tb_secret("S3", "lake") }}
IMPORT_BUCKET_URI "s3://bucket/*.ndjson"
IMPORT_SCHEDULE "0 */6 * * *"`;
    const { connector, tags } = parseDatasource('d', text);
    expect(tags).toEqual(['landing', 'raw']);
    expect(connector).toEqual({
      IMPORT_CONNECTION_NAME: '{{ tb_secret("S3", "lake") }}',
      IMPORT_BUCKET_URI: 's3://bucket/*.ndjson',
      IMPORT_SCHEDULE: '0 */6 * * *',
    });
  });

  it('an empty text as the default of a time is the start of 1970', () => {
    const { columns } = parseDatasource(
      'd',
      `SCHEMA >\n    t DateTime64(3) DEFAULT '',\n    s String DEFAULT ''`,
    );
    expect(columns.map(({ defaultExpression }) => defaultExpression)).toEqual(['0', "''"]);
  });

  it('a Kafka datasource also has the columns that Tinybird adds', () => {
    const text = `SCHEMA >
    id String \`json:$.id\`,
    __key Nullable(String)
KAFKA_CONNECTION_NAME k
KAFKA_TOPIC clicks
KAFKA_STORE_HEADERS True`;
    expect(parseDatasource('d', text).columns.map(({ name, type }) => [name, type])).toEqual([
      ['id', 'String'],
      ['__key', 'Nullable(String)'],
      ['__value', 'String'],
      ['__topic', 'LowCardinality(String)'],
      ['__partition', 'Int16'],
      ['__offset', 'Int64'],
      ['__timestamp', 'DateTime'],
      ['__headers', 'Map(String, String)'],
    ]);
  });

  it('bare values, any case, comments and unindented block lines are accepted', () => {
    const datasource = parseDatasource(
      'e',
      'schema >\n`a` String,\n# not this\nb  Array( Int32 ) -- why\nengine Null\nDESCRIPTION One line',
    );
    expect(datasource.columns.map(({ name, type }) => [name, type])).toEqual([
      ['a', 'String'],
      ['b', 'Array( Int32 )'],
    ]);
    expect(datasource).toMatchObject({ description: 'One line', engine: { name: 'Null' } });
  });

  it('an engine is named in any case, and an option with the value "" is not set', () => {
    const { engine } = parseDatasource(
      'e',
      `SCHEMA >
    a UInt32,
    v UInt32
ENGINE replacingmergetree
ENGINE_VER "v"
ENGINE_IS_DELETED ""
ENGINE_SORTING_KEY "a"
ENGINE_PARTITION_KEY ""
ENGINE_PRIMARY_KEY ""
ENGINE_SAMPLING_KEY ""
ENGINE_TTL ""
ENGINE_SETTINGS ""
ENGINE_SIGN ""
ENGINE_COLUMNS ""
ENGINE_JOIN_STRICTNESS ""
ENGINE_JOIN_TYPE ""
ENGINE_KEY_COLUMNS ""`,
    );
    const set = Object.entries(engine).filter(([, value]) => value !== undefined);
    expect(Object.fromEntries(set)).toEqual({ name: 'ReplacingMergeTree', version: 'v', sortingKey: 'a' });
  });

  const withSchema = (rest: string) => `SCHEMA >\n    a Int32\n${rest}`;
  it.each([
    ['ENGINE "MergeTree"', 'SCHEMA is missing'],
    ['SCHEMA >\n    a Int32 NOT NULL', 'column a: .*NOT NULL'],
    ['\nSCHEMA >\n    a Int32,\n\n    # b\n    c Int32 NULL', '^line 6: SCHEMA: column c: '],
    [withSchema('INDEXES >\n    i a TYPE minmax\n    nonsense'), '^line 5: INDEXES: "nonsense" is not'],
    ['SCHEMA >\n    a Int32 MATERIALIZED 1 DEFAULT 2', 'it has DEFAULT or MATERIALIZED, not both'],
    ['SCHEMA >\n    a Int32 MATERIALIZED', 'MATERIALIZED needs an expression'],
    ['SCHEMA >\n    a Boolean', 'Boolean is not a valid type, use Bool'],
    ['SCHEMA >\n    a DateTime64', 'give its precision'],
    ['SCHEMA >\n    a Int32,\n    a Int64', 'column a is there twice'],
    ['SCHEMA >\n    a Int32 `json:a.b`', 'not a JSON path'],
    [withSchema('ENGINE "Memory"'), 'ENGINE Memory is not supported'],
    [withSchema('ENGINE_VER "v"'), 'ENGINE_VER .* does not belong to ENGINE MergeTree'],
    [withSchema('SETTINGS "x=1"'), 'line 3: SETTINGS: not an option, use ENGINE_SETTINGS'],
    ['FOO bar', 'line 1: FOO is not a valid option in datasource files'],
    [withSchema('KAFKA_TOPIC t'), 'a Kafka datasource needs KAFKA_CONNECTION_NAME'],
    [withSchema('KAFKA_CONNECTION_NAME k'), 'a Kafka datasource needs KAFKA_TOPIC'],
    [withSchema('IMPORT_BUCKET_URI "s3://b/*"'), 'an import needs IMPORT_CONNECTION_NAME'],
    [
      withSchema('IMPORT_CONNECTION_NAME s\nIMPORT_SCHEDULE sometimes'),
      'IMPORT_SCHEDULE is @on-demand or cron',
    ],
    [withSchema('INCLUDE "x.incl"'), 'line 3: INCLUDE: includes are not supported'],
    [withSchema('TOKEN t WRITE'), 'TOKEN takes a name and READ or APPEND'],
    [withSchema('ENGINE >\n    MergeTree'), 'ENGINE does not support multiline'],
    [withSchema('ENGINE "CollapsingMergeTree"'), 'needs ENGINE_SIGN'],
    [withSchema('ENGINE "Join"\nENGINE_JOIN_TYPE "LEFT"'), 'ENGINE Join needs ENGINE_JOIN_STRICTNESS'],
    [
      withSchema('ENGINE "Join"\nENGINE_JOIN_STRICTNESS "ANY"\nENGINE_JOIN_TYPE "OUTER"'),
      'ENGINE_JOIN_TYPE is one of LEFT, INNER, RIGHT, FULL, found OUTER',
    ],
    [withSchema('ENGINE_KEY_COLUMNS "a"'), 'ENGINE_KEY_COLUMNS does not belong to ENGINE MergeTree'],
    ...[101, 20_000].flatMap((levels): [string, string][] => [
      [
        `SCHEMA >\n    deep ${'Array('.repeat(levels)}UInt8${')'.repeat(levels)}`,
        '^line 2: SCHEMA: column deep is nested deeper than 100 levels$',
      ],
      [
        `SCHEMA >\n    a UInt8, deep Array(UInt8) DEFAULT ${'['.repeat(levels)}${']'.repeat(levels)}`,
        '^line 2: SCHEMA: column deep is nested deeper than 100 levels$',
      ],
      [
        `SCHEMA >\n    deep ${'Array('.repeat(levels)}UInt8`,
        '^line 2: SCHEMA: column deep is nested deeper than 100 levels$',
      ],
    ]),
  ])('an invalid datafile is refused: %j', (text, message) => {
    expect(() => parseDatasource('e', text)).toThrow(new RegExp(message));
  });
});
