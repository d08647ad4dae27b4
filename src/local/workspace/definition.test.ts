import { describe, expect, it } from 'vitest';
import { parseDatasource } from '../datafile/datasource.js';
import { createTable } from './ddl.js';
import { definitionProblem } from './definition.js';

const sources = new Set(['file', 'url', 'remote', 's3', 'input', 'numbers']);

function datasource(columns: string, tail = '') {
  return parseDatasource('t', `SCHEMA >\n    ${columns}\n\n${tail}`);
}

const problem = (columns: string, tail = '') => definitionProblem(datasource(columns, tail), sources);

describe('definitionProblem', () => {
  it.each([
    ["a String DEFAULT 'it\\'s; -- ‘no’' CODEC(Delta, ZSTD(1))", ''],
    ['a Array(String) DEFAULT ["a","b"], b Map(String, String) DEFAULT {}', ''],
    ["a Enum8('x;y' = 1, '--' = 2), b DateTime64(3, 'UTC') DEFAULT now64(3)", ''],
    ['a Tuple(url String, file Array(String)) DEFAULT CAST((1, 2) AS Tuple(String, String))', ''],
    [
      'a UInt8, b DateTime',
      'ENGINE_SORTING_KEY "(a), (b)"\nENGINE_PRIMARY_KEY "a"\nENGINE_PARTITION_KEY "toYYYYMM(b)"\nENGINE_TTL "b + INTERVAL 1 DAY DELETE WHERE a = 1"',
    ],
    ['a UInt8', 'ENGINE_SETTINGS "index_granularity=1024, ttl_only_drop_parts = 1"'],
    ['a UInt8', 'INDEXES >\n    i lower(a) TYPE bloom_filter(0.01) GRANULARITY 2\n    j a TYPE minmax'],
    [
      'a UInt8, b String',
      'PROJECTIONS >\n    p (SELECT b, sum(a) AS n GROUP BY b)\n    q (select * ORDER BY b)',
    ],
    [
      'a UInt8',
      `ENGINE_SETTINGS "deduplicate_merge_projection_mode='rebuild', lightweight_mutation_projection_mode='drop'"`,
    ],
    ['a UInt8', 'ENGINE "ReplacingMergeTree"\nENGINE_VER "a"\nENGINE_SORTING_KEY "tuple()"'],
    [
      'a UInt8, b UInt8',
      'ENGINE "Join"\nENGINE_JOIN_STRICTNESS "any"\nENGINE_JOIN_TYPE "LEFT"\nENGINE_KEY_COLUMNS "(a, b)"',
    ],
    ['a UInt8, b UInt8', 'ENGINE "SummingMergeTree"\nENGINE_SUMMING_COLUMNS "(a, b)"'],
  ])('the definition %s %s is accepted', (columns, tail) => {
    expect(problem(columns, tail)).toBeUndefined();
  });

  it.each([
    ["a String DEFAULT file('/etc/passwd')", '', /^SCHEMA: column a: DEFAULT: the function file\(\)/],
    ['a String DEFAULT (SELECT 1)', '', /^SCHEMA: column a: DEFAULT: SELECT is not allowed/],
    ['a String DEFAULT 1 /* x */ + 1', '', /DEFAULT: comments are not allowed/],
    ['a String DEFAULT 1 COMMENT 2', '', /DEFAULT: COMMENT is not allowed here/],
    ['a UInt8 DEFAULT 1 IN system', '', /IN system is not allowed/],
    ['a UInt8 DEFAULT in(1, system.users)', '', /system\.users is not allowed/],
    ['a Array(/* x */ String)', '', /^SCHEMA: column a: type: comments/],
    ['a String CODEC(LZ4', '', /^SCHEMA: column a: CODEC: /],
    [
      'a UInt8',
      'ENGINE_SORTING_KEY "a) SETTINGS storage_policy = \'x\', (1"',
      /^ENGINE_SORTING_KEY: "\)" has no opening bracket/,
    ],
    ['a UInt8', 'ENGINE_SORTING_KEY "(a) AS SELECT 1, (2)"', /^ENGINE_SORTING_KEY: SELECT/],
    ['a UInt8', 'ENGINE_PARTITION_KEY "url(\'http://x\')"', /^ENGINE_PARTITION_KEY: the function url/],
    ['a UInt8', 'ENGINE_PRIMARY_KEY "a; DROP TABLE t"', /^ENGINE_PRIMARY_KEY: ";"/],
    ['a UInt8', 'ENGINE_SAMPLING_KEY "(a"', /^ENGINE_SAMPLING_KEY: "\)" is missing/],
    ['a Date', 'ENGINE_TTL "a TO DISK \'x\'"', /^ENGINE_TTL: TO is not allowed/],
    ['a Date', 'ENGINE_TTL "a SETTINGS storage_policy = \'x\'"', /^ENGINE_TTL: SETTINGS/],
    ['a Date', 'ENGINE_TTL "a, DROP COLUMN b"', /^ENGINE_TTL: DROP/],
    ['a UInt8', 'ENGINE_SETTINGS "storage_policy=\'x\'"', /^ENGINE_SETTINGS: the setting storage_policy/],
    ['a UInt8', 'ENGINE_SETTINGS "disk=disk(type=local)"', /^ENGINE_SETTINGS: /],
    ['a UInt8', 'ENGINE_SETTINGS "index_granularity=1 AS x"', /^ENGINE_SETTINGS: /],
    ['a UInt8', 'ENGINE_SETTINGS "fsync_after_insert=0"', /^ENGINE_SETTINGS: /],
    ['a UInt8', 'ENGINE "ReplacingMergeTree"\nENGINE_VER "a) ORDER BY (a"', /^ENGINE_VER: /],
    ['a Int8', 'ENGINE "CollapsingMergeTree"\nENGINE_SIGN "a, a"', /^ENGINE_SIGN: is not the name/],
    ['a UInt8', 'ENGINE "SummingMergeTree"\nENGINE_SUMMING_COLUMNS "a) x (b"', /^ENGINE_SUMMING_COLUMNS: /],
    [
      'a UInt8',
      'ENGINE "Join"\nENGINE_JOIN_STRICTNESS "ANY"\nENGINE_JOIN_TYPE "LEFT"\nENGINE_KEY_COLUMNS "a) COMMENT (a"',
      /^ENGINE_KEY_COLUMNS: /,
    ],
    ["a UInt8 DEFAULT joinGet('t', 'a', 1)", '', /DEFAULT: the function joinGet\(\) is not allowed here/],
    ['a UInt8', 'PROJECTIONS >\n    p (a ORDER BY a)', /^PROJECTIONS: p: it must begin with SELECT/],
    ['a UInt8', 'PROJECTIONS >\n    p (SELECT a FROM t)', /^PROJECTIONS: p: FROM is not allowed here/],
    ['a UInt8', 'PROJECTIONS >\n    p (SELECT (SELECT 1))', /^PROJECTIONS: p: SELECT is not allowed/],
    ['a UInt8', 'PROJECTIONS >\n    p (SELECT a ORDER BY url(a))', /^PROJECTIONS: p: the function url/],
    ['a UInt8', 'PROJECTIONS >\n    p (SELECT a IN system ORDER BY a)', /^PROJECTIONS: p: IN system/],
    ['a UInt8', 'INDEXES >\n    i a TYPE minmax, b UInt8', /^INDEXES: i: /],
    ['a UInt8', "INDEXES >\n    i file('x') TYPE minmax", /^INDEXES: i: the function file/],
  ])('the definition %s %s is refused', (columns, tail, reason) => {
    expect(problem(columns, tail)).toMatch(reason);
  });
});

describe('createTable', () => {
  it('keys are put in parentheses, whatever their text', () => {
    const table = datasource('a UInt8, b UInt8', 'ENGINE_SORTING_KEY "(a), (b)"\nENGINE_SAMPLING_KEY "a"');
    const sql = createTable('d', table, { schema: '', fill: '' });
    expect(sql).toContain('ORDER BY ((a), (b)) SAMPLE BY (a) SETTINGS');
  });
});
