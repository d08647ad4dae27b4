import { chmod, mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Engine } from '../../../src/local/engine/engine.js';
import { isAllowedFunction, isAllowedTableFunction, isListed } from '../../../src/local/sql/allowed.js';
import { lexSql } from '../../../src/local/sql/lexer.js';
import { messageOf } from '../../../src/local/errors.js';
import { listedEngineVersion } from '../../../src/local/sql/function-list.js';
import { run as runQuery } from '../../../src/local/workspace/query.js';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const secret = ['planted', 'text', '71f3'].join('-');
const readToken = 'p.test.read';
const appendToken = 'p.test.append';

const events = `TOKEN reading READ
TOKEN sending APPEND
SCHEMA >
    id UInt32 \`json:$.id\`,
    file String \`json:$.file\`
ENGINE_SORTING_KEY "file, id"`;
const chosen =
  'TOKEN reading READ\nNODE n\nSQL >\n    %\n    SELECT {{columns(names, "id")}} FROM events\nTYPE endpoint';
const applied =
  'TOKEN reading READ\nNODE n\nSQL >\n    %\n    SELECT arrayMap({{column(name, "id")}}, [file]) AS x FROM events\nTYPE endpoint';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
let planted: string;
let engine: Awaited<ReturnType<typeof askEngine>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  planted = join(folder.path, 'planted.txt');
  await writeFile(planted, secret);
  engine = await askEngine(join(folder.path, 'other', 'engine'));
  // As an earlier version left it.
  await mkdir(join(folder.path, 'store'));
  await chmod(join(folder.path, 'store'), 0o755);
  server = await openServer(join(folder.path, 'store'), {
    tokens: { reading: readToken, sending: appendToken },
  });
  await linkPlanted(join(folder.path, 'store'));
  const files = { 'events.datasource': events, 'chosen.pipe': chosen };
  expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  await server.ingest('events', [{ id: 1, file: planted }]);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/**
 * Paths to the planted file: its absolute path, relative to the folder for the engine's files, and through a link in
 * that folder.
 */
const paths = () => [
  planted,
  '../../planted.txt',
  '../engine-empty/../../planted.txt',
  'link.txt',
  'linked/planted.txt',
  `${folder.path}/store/engine-empty/link.txt`,
  `file://${planted}`,
  '*.txt',
];

/** Puts links to the planted file into the folder for the engine's files. */
async function linkPlanted(store: string): Promise<void> {
  await symlink(planted, join(store, 'engine-empty', 'link.txt'));
  await symlink(folder.path, join(store, 'engine-empty', 'linked'));
}

/** Statements that even the server's own writing session may not run. */
const forbidden = () => [
  ...paths().map((path) => `SELECT * FROM file('${path}', LineAsString)`),
  "SELECT * FROM url('http://127.0.0.1:9/', LineAsString)",
  "SELECT * FROM remote('127.0.0.1:9', system.one)",
  "SELECT * FROM executable('cat', 'TSV', 'a String')",
  "SELECT * FROM sqlite('/nowhere', 't')",
  `SELECT * FROM filesystem('${folder.path}')`,
  `CREATE DATABASE d ENGINE = Filesystem('${folder.path}')`,
  "CREATE TABLE nowhere.u (a String) ENGINE = URL('http://127.0.0.1:9/')",
  `CREATE DICTIONARY nowhere.d (a UInt64, b String) PRIMARY KEY a SOURCE(FILE(path '${planted}' format 'TSV')) LAYOUT(FLAT()) LIFETIME(1)`,
  `BACKUP DATABASE nowhere TO File('${planted}.backup')`,
  'CREATE USER other',
  'GRANT CREATE DICTIONARY ON *.* TO default',
];

/**
 * Queries of the engine's own tables, as they would be after a mistake of the check of the text: the server has put
 * none of these tables into them.
 */
const otherTables = [
  'SELECT count() FROM system.tables',
  'SELECT count() FROM `system`.`tables` AS `x, identifier: nowhere.allowed`',
  'SELECT 1 FROM nowhere.other',
  'SELECT 1 FROM ws_local.things',
  'SELECT 1 FROM elsewhere.things',
  'SELECT count() FROM information_schema.tables',
  'SELECT count() FROM INFORMATION_SCHEMA.TABLES',
  'SELECT 1 FROM nowhere.allowed AS a, system.tables AS b',
  'SELECT 1 FROM nowhere.allowed AS a JOIN system.tables AS b ON 1',
  'SELECT 1 FROM (SELECT 1 AS x) AS a PASTE JOIN system.tables AS b',
  'SELECT 1 FROM system.tables FINAL',
  'SELECT 1 FROM system.tables ARRAY JOIN [1] AS y',
  "SELECT 'default' IN system.databases",
  "SELECT 'default' IN (system.databases)",
  "SELECT in('default', system.databases)",
  "SELECT 'default' NOT IN system.databases",
  "SELECT 'default' GLOBAL NOT IN system.databases",
  "SELECT nullIn('default', system.databases)",
  "SELECT notNullInIgnoreSet('default', system.databases)",
  "WITH system.databases AS x SELECT 'default' IN x",
  "WITH x AS (SELECT 1) SELECT 'default' IN (SELECT name FROM system.databases)",
  'WITH tables AS (SELECT 1) SELECT count() FROM system.tables',
  'WITH `system.tables` AS (SELECT 1) SELECT count() FROM system.tables',
  'SELECT arrayMap(x -> x IN system.databases, [1])',
  "SELECT * APPLY(x -> x IN system.databases) FROM (SELECT 'default')",
  "SELECT * REPLACE(a IN system.databases AS a) FROM (SELECT 'default' AS a)",
  "SELECT count() OVER (PARTITION BY 'default' IN system.databases)",
  "SELECT count() OVER w FROM (SELECT 1 AS a) WINDOW w AS (ORDER BY 'default' IN system.databases)",
  "SELECT 1 AS a ORDER BY 'default' IN system.databases",
  "SELECT 1 AS a LIMIT 1 BY 'default' IN system.databases",
  'SELECT 1 LIMIT (SELECT count() FROM system.tables)',
  'SELECT * FROM numbers((SELECT count() FROM system.tables))',
  'SELECT 1 UNION ALL SELECT count() FROM system.tables',
  '(SELECT 1 INTERSECT SELECT count() FROM system.tables)',
  'SELECT exists(SELECT 1 FROM system.tables)',
  'SELECT (SELECT name FROM system.databases LIMIT 1)',
  "SELECT * FROM values('a UInt8 DEFAULT 1', 1)",
  "SELECT * FROM values('a UInt8 DEFAULT 1' AS x, 1)",
  "WITH 'a UInt8' AS x SELECT * FROM values(x, 1)",
  "SELECT * FROM generateRandom(concat('a', ' UInt8')) LIMIT 1",
  'SELECT * FROM generateRandom() LIMIT 1',
  "SELECT 1 IN (SELECT * FROM `values` ('a String MATERIALIZED 1', 1))",
  "SELECT joinGet('nowhere.other', 'x', 1)",
  "SELECT joinGetOrNull('ws_local.things', 'x', 1)",
  "SELECT joinGet(nowhere.allowed, 'x', 1)",
  "SELECT joinGet('nowhere.allowed' AS t, 'x', 1)",
  "SELECT joinGet(concat('nowhere', '.allowed'), 'x', 1)",
  "SELECT `joinGet` ('nowhere.allowed, identifier: x', 'x', 1)",
  "WITH 'nowhere.allowed' AS t SELECT joinGet(t, 'x', 1)",
  "SELECT arrayMap(t -> joinGet(t, 'x', 1), ['nowhere.allowed'])",
  "SELECT * APPLY(joinGet) FROM (SELECT 'nowhere.allowed' AS a)",
  "SELECT joinGet('nowhere.allowed', 'x', 1), joinGet('system.tables', 'name', 1)",
  "SELECT dictGet('nowhere.allowed', 'x', 1)",
  "SELECT hasColumnInTable('system', 'tables', 'name')",
  "SELECT * FROM merge('system', '.*')",
  'SELECT * FROM loop(system.tables)',
  'SELECT * FROM view(SELECT * FROM system.tables)',
];

/** Queries of a table that the server has put into them, and of tables that the query makes itself. */
const allowedTables = [
  // As for any SELECT without FROM; the check of the text refuses it.
  'SELECT count() FROM system.one',
  'SELECT x, 1 IN nowhere.allowed, in(1, nowhere.allowed) FROM nowhere.allowed AS a FINAL',
  'SELECT a.x FROM nowhere.allowed AS a LEFT JOIN nowhere.allowed AS b ON a.x = b.x ARRAY JOIN [1] AS c',
  'WITH t AS (SELECT 1 AS a), `t.u` AS (SELECT 2 AS b) SELECT a, b, 1 IN t FROM t, `t.u`',
  'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT count() FROM t',
  "SELECT a, b, c FROM values('a UInt8, b DateTime64(3, \\'UTC\\'), c Enum8(\\'x\\' = 1)', (1, now(), 'x'), (2, now(), 'x'))",
  "SELECT * FROM values((1, 'x'), (2, 'y')) AS v JOIN values(1, 2) AS w ON v.c1 = w.c1",
  "SELECT a FROM generateRandom('a UInt8, b Array(String)', 1, 5, 2) LIMIT 1",
  "SELECT 'default.x, identifier: system.tables' AS s, CAST('{\"a\":1}' AS JSON).a AS system",
];

/** A query that was resolved wrongly: the statements to check are not those that would run. */
const resolvedAs = (sql: string, said: string) => ({
  sql,
  datasources: [],
  named: [],
  joined: [],
  shared: new Set<string>(),
  quarantines: [],
  tables: new Set(['nowhere.allowed']),
  statements: new Map([[said, said]]),
  settings: new Map<string, string>(),
  isDynamic: false,
  isUncheckable: false,
  services: new Set<string>(),
  hasStandIn: false,
  hasRaised: false,
  format: undefined,
});

/**
 * Properties of the engine itself. A process can open only one folder at a time, so they are read before the server
 * starts.
 */
/** Every pair of the signs that may begin or end a comment, a text or a name, between a value and what it could hide. */
function* oddTexts(): Generator<string> {
  const signs = `/*-#!'"\`$\\@=~^|&?:;.,x0 \t\n\r`.split('');
  for (const first of signs)
    for (const second of signs) for (const rest of ["'x'", ' a\n, 2']) yield `1 ${first}${second}${rest}`;
}

/**
 * Texts that the engine reads in another way than this server's lexer: the engine parses them into something else than
 * the lexer's tokens with blanks between them.
 */
async function misreadTexts(opened: Engine): Promise<string[]> {
  const treeOf = (sql: string) =>
    opened.lines(`EXPLAIN AST (SELECT 1 AS a, ${sql}\n)`).then(String, () => 'not parsed');
  const misread: string[] = [];
  for (const text of oddTexts()) {
    let tokens: string[];
    try {
      tokens = lexSql(text).map((token) => token.text);
    } catch {
      continue;
    }
    const tree = await treeOf(text);
    // Blanks between the tokens must not change the meaning. They may break an operator or a number of several tokens.
    const apart = await treeOf(tokens.join(' '));
    const isBroken = apart === 'not parsed' && /->|::|[<>!=]=|<>|\|\||\d\.|\.\d|@@/.test(text);
    if (tree !== 'not parsed' && tree !== apart && !isBroken) misread.push(text);
  }
  return misread;
}

async function askEngine(path: string) {
  const opened = await Engine.open(path);
  await opened.execute('CREATE TABLE nowhere.allowed (x UInt64) ENGINE = ReplacingMergeTree ORDER BY x');
  await linkPlanted(dirname(path));
  try {
    const namesOf = async (table: string) =>
      (await opened.rows<{ name: string }>(`SELECT name FROM system.${table}`)).map(({ name }) => name);
    const outcomes: [string, string][] = [];
    for (const sql of forbidden()) {
      const run = opened.execute(sql).then(() => 'done', String);
      outcomes.push([sql, await run]);
    }
    const unchecked = await runQuery(
      { engine: opened, activity: { publish: () => Promise.resolve() } },
      resolvedAs(`SELECT arrayMap(file, ['${planted}'])`, 'SELECT 1'),
      'JSON',
      { quote64: false },
      'free',
    ).then(({ bytes }) => Buffer.from(bytes).toString('utf8'), String);
    const readings: [string, string][] = [];
    for (const sql of [...otherTables, ...allowedTables]) {
      const answer = await runQuery(
        { engine: opened, activity: { publish: () => Promise.resolve() } },
        resolvedAs(sql, 'SELECT 1'),
        'JSON',
        { quote64: false },
        'free',
      ).then(() => 'answered', messageOf);
      readings.push([sql, answer]);
    }
    return {
      unchecked,
      readings,
      misread: await misreadTexts(opened),
      version: opened.version,
      functions: await namesOf('functions'),
      tables: await namesOf('table_functions'),
      outcomes,
    };
  } finally {
    await opened.close();
  }
}

const ask = (sql: string, token = 'local') => server.send('/v0/sql', { method: 'POST', body: sql, token });

/** Runs work for all items, a few at a time. */
async function forAll<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...all];
  const worker = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
}

/** Ways to name a function so that a search for "name(" does not find it. `f` is already quoted as needed. */
const spellings: ((f: string, arg: string) => string)[] = [
  (f, arg) => `SELECT ${f}(${arg})`,
  (f, arg) => `SELECT ${f} /* x */ -- y\n (${arg})`,
  (f, arg) => `SELECT arrayMap(${f}, [${arg}])`,
  (f, arg) => `SELECT arrayMap((${f}), [${arg}])`,
  (f, arg) => `SELECT arraySort(/**/${f}, [${arg}])`,
  (f, arg) => `SELECT arrayFilter(x -> 1, arrayMap(x -> ${f}(x), [${arg}]))`,
  (f, arg) => `SELECT arrayFold((a, x) -> concat(a, ${f}(x)), [${arg}], '')`,
  (f, arg) => `SELECT * APPLY(${f}) FROM (SELECT ${arg} AS a)`,
  (f, arg) => `SELECT * APPLY ${f} FROM (SELECT ${arg} AS a)`,
  (f, arg) => `SELECT x.* APPLY(${f}) FROM (SELECT ${arg} AS a) AS x`,
  (f, arg) => `SELECT COLUMNS('a') APPLY(${f}) FROM (SELECT ${arg} AS a)`,
  (f, arg) => `SELECT COLUMNS(a) APPLY(toString) APPLY(${f}) APPLY(length) FROM (SELECT ${arg} AS a)`,
  (f, arg) => `SELECT * APPLY(x -> ${f}(x)) FROM (SELECT ${arg} AS a)`,
  (f, arg) => `SELECT * REPLACE(${f}(a) AS a) FROM (SELECT ${arg} AS a)`,
  (f, arg) => `SELECT * REPLACE(arrayMap(${f}, [a]) AS a) FROM (SELECT ${arg} AS a)`,
  (f, arg) => `WITH ${f} AS g SELECT arrayMap(g, [${arg}])`,
  (f, arg) => `WITH (x -> ${f}(x)) AS g SELECT g(${arg})`,
  (f, arg) => `WITH (x -> x) AS ${f} SELECT (SELECT ${f}(${arg}))`,
  (f, arg) => `SELECT 1 WHERE 'a' IN (SELECT ${f}(${arg}))`,
  (f, arg) => `SELECT 1 FROM events ORDER BY ${f}(${arg}) LIMIT 1 BY ${f}(${arg})`,
  (f, arg) => `SELECT count() OVER (PARTITION BY ${f}(${arg})) FROM events`,
  (f, arg) => `SELECT * FROM (EXPLAIN SELECT ${f}(${arg}))`,
  (f, arg) => `SELECT * FROM view(SELECT ${f}(${arg}))`,
  (f, arg) => `SELECT 1 UNION ALL (SELECT 2 EXCEPT SELECT ${f}(${arg}))`,
  (f, arg) =>
    `SELECT 1 AS \`a, function_name: count, function_type: ordinary\`, ${f}(${arg}) AS \`b, function_name: count, function_type: ordinary\``,
  (f, arg) => `SELECT mapApply((k, v) -> (k, ${f}(v)), map('k', ${arg}))`,
  (f, arg) => `SELECT sumIf(length(${f}(${arg})), 1) SETTINGS max_threads = 1`,
];

const quoted = (name: string) => [name, `\`${name}\``, `"${name}"`];

it('the lexer and the engine read comments, texts and names alike', () => {
  expect(engine.misread).toEqual([]);
});

it('a // hides nothing from the checks, and is refused', async () => {
  const hidden = [
    "SELECT 1 // 'x'",
    "SELECT 1 // '\n, hostName() --'",
    `SELECT 1 // '\n) INTO OUTFILE $$${folder.path}/written.txt$$ FORMAT CSV; (SELECT 2 --'`,
    "SELECT 1 // '\n, (SELECT count() FROM system.processes) --'",
    "SELECT 1 // '\n); SELECT 5; (SELECT 2 --'",
  ];
  for (const sql of hidden)
    expect(await ask(sql, readToken)).toMatchObject({
      status: 400,
      text: expect.stringContaining('is not allowed: write a comment as --') as string,
    });
  expect(await readdir(folder.path)).not.toContain('written.txt');
});

describe('SQL of users', () => {
  it('SQL cannot read a file, in any spelling and with any token', async () => {
    const asked: [string, string][] = [];
    for (const spelling of spellings) {
      for (const name of quoted('file')) {
        for (const token of ['local', readToken, appendToken])
          asked.push([spelling(name, `'${planted}'`), token]);
      }
    }
    await forAll(asked, async ([sql, token]) => {
      const answer = await ask(sql, token);
      expect([sql, answer.status], answer.text).toEqual([sql, expect.any(Number)]);
      expect(answer.status, sql).toBeGreaterThanOrEqual(400);
      expect(answer.text, sql).not.toContain(secret);
      const over = await server.send(`/v0/pipes/chosen.json?q=${encodeURIComponent(sql)}`, { token });
      expect(over.text, sql).not.toContain(secret);
      expect(over.status, sql).toBeGreaterThanOrEqual(400);
    });
  });

  it('SQL cannot read a file through any path', async () => {
    const asked = paths().flatMap((path) => [
      `SELECT file('${path}')`,
      `SELECT arrayMap(file, ['${path}'])`,
      `SELECT * APPLY(file) FROM (SELECT '${path}' AS a)`,
      `SELECT * FROM file('${path}', LineAsString)`,
      `SELECT * FROM \`${path}\``,
    ]);
    for (const sql of asked) {
      const answer = await ask(sql);
      expect([sql, answer.status]).toEqual([sql, 400]);
      expect(answer.text).not.toContain(secret);
    }
  });

  it('SQL cannot read a file as a table', async () => {
    const path = `'${planted}'`;
    const asked = [
      `SELECT * FROM ${path}`,
      `SELECT * FROM \`${planted}\``,
      `SELECT * FROM "${planted}"`,
      `SELECT * FROM file(${path}, LineAsString)`,
      `SELECT * FROM FILE /**/ (${path}, LineAsString)`,
      `SELECT * FROM loop(file(${path}, LineAsString))`,
      `SELECT * FROM events WHERE file IN file(${path}, LineAsString)`,
      `SELECT * FROM events WHERE in(file, (SELECT * FROM file(${path}, LineAsString)))`,
      `SELECT 1 INTO OUTFILE '${planted}.copy'`,
      `DESCRIBE TABLE file(${path}, LineAsString)`,
      `EXPLAIN SELECT file(${path})`,
    ];
    for (const sql of asked) {
      const answer = await ask(sql);
      expect([sql, answer.status]).toEqual([sql, 400]);
      expect(answer.text).not.toContain(secret);
    }
    expect(await readdir(folder.path)).not.toContain('planted.txt.copy');
  });

  it('every function of the engine is on one of the lists, and SQL can call only allowed ones', async () => {
    const { functions, tables, version } = engine;
    expect(version).toBe(listedEngineVersion);
    expect(functions.length).toBeGreaterThan(1_500);
    expect([...functions, ...tables].filter((name) => !isListed(name))).toEqual([]);

    const refused = functions.filter((name) => !isAllowedFunction(name));
    expect(refused).toEqual(expect.arrayContaining(['file', 'dictGet', 'hostName', 'getMacro', 'joinGet']));
    await forAll(refused, async (name) => {
      for (const spelling of [0, 2, 3, 7, 9, 12, 14, 16]) {
        const sql = spellings[spelling]?.(`\`${name}\``, `'${planted}'`) ?? '';
        expect([sql, (await ask(sql)).text]).toEqual([sql, expect.stringMatching(/is not allowed|is not:/)]);
      }
    });
    const closed = tables.filter((name) => !isAllowedTableFunction(name));
    expect(closed).toEqual(
      expect.arrayContaining(['file', 'url', 's3', 'executable', 'merge', 'view', 'eval']),
    );
    await forAll(closed, async (name) => {
      for (const sql of [
        `SELECT * FROM ${name}('${planted}')`,
        `SELECT 1 IN (SELECT * FROM \`${name}\` ('${planted}'))`,
      ]) {
        expect([sql, (await ask(sql)).text]).toEqual([sql, expect.stringContaining('is not allowed')]);
      }
    });
  });

  it('only the array and map functions accept function names, and those of refused functions fail', async () => {
    const others = engine.functions.filter(
      (name) => isAllowedFunction(name) && !/^(?:array|map)/i.test(name),
    );
    expect(others.length).toBeGreaterThan(1_000);
    await forAll(others, async (name) => {
      const call = `\`${name}\`(hostname, ['x'])`;
      const answer = await ask(`SELECT ${call}`);
      expect([call, answer.status]).toEqual([call, 400]);
    });
  });

  it('a column may be called file wherever the engine expects no function', async () => {
    expect(
      await server.rows(
        "SELECT file, length(file) > 0 AS long, arrayMap(x -> concat(x, '!'), [events.file])[1] = concat(file, '!') AS same FROM events WHERE file != '' GROUP BY file ORDER BY file",
      ),
    ).toEqual([{ file: planted, long: 1, same: 1 }]);
    expect((await ask('SELECT arrayMap(file, [1]) FROM events')).text).toContain('TABLE.file');
  });

  it('queries for analytics are allowed', async () => {
    const asked = [
      'WITH (x -> x + 1) AS next SELECT next(1) AS n',
      'SELECT * APPLY(sum) FROM (SELECT id FROM events)',
      'SELECT quantileTDigestIf(0.5)(id, id > 0), sumMerge(s) FROM (SELECT id, sumState(id) AS s FROM events GROUP BY id) GROUP BY id',
      'SELECT row_number() OVER (PARTITION BY file ORDER BY id), lagInFrame(id) OVER w FROM events WINDOW w AS (ORDER BY id)',
      "SELECT JSONExtractString('{\"a\":\"b\"}', 'a'), CAST('{\"a\":1}' AS JSON).a, toDate('2026-01-01') + INTERVAL 1 DAY",
      'WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT sum(n) FROM t',
      "SELECT arrayMap(x -> x * 2, [1, 2]), arraySort((x, y) -> y, [1, 2], [2, 1]), 'function_name: nothing, function_type: x'",
      'SELECT number, CASE WHEN number > 1 THEN 2 ELSE 3 END FROM numbers(3) ARRAY JOIN [1, 2] AS a',
      'SELECT toStartOfInterval(now(), toIntervalHour(1)) AS t, count() FROM events GROUP BY t ORDER BY t WITH FILL STEP 3600',
      "SELECT COLUMNS('id') EXCEPT (file), version(), 1 IN (SELECT 1), exists(SELECT 1) FROM events",
    ];
    for (const sql of asked) {
      const answer = await ask(sql);
      expect([sql, answer.status, answer.status === 200 ? '' : answer.text]).toEqual([sql, 200, '']);
    }
  });

  it('no call of a refused function passes, whatever is around it', async () => {
    const names = ['file', 'FILE', '`file`', '"file"', 'dictGet', 'hostName', 'getMacro', 'joinGet', 'url'];
    const wrap = fc.constantFrom(
      (sql: string) => `(${sql})`,
      (sql: string) => `arrayMap(x -> ${sql}, [1])`,
      (sql: string) => `if(1, toString(${sql}), 'b')`,
      (sql: string) => `(SELECT ${sql})`,
      (sql: string) => `[${sql}][1]`,
      (sql: string) => `/* ' */ ${sql} /* " */`,
      (sql: string) => `(WITH ${sql} AS q SELECT q)`,
      (sql: string) => `coalesce(NULL, ${sql})`,
      (sql: string) => `CAST(${sql} AS String)`,
    );
    const seed = Date.now() % 1_000_000;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.array(wrap, { maxLength: 6 }), async (name, wraps) => {
        const call = wraps.reduce((sql, around) => around(sql), `${name}('${planted}')`);
        const answer = await ask(`SELECT ${call} AS \`out\` FROM events`);
        expect([call, answer.status]).toEqual([call, 400]);
        expect(answer.text).not.toContain(secret);
      }),
      { seed, numRuns: 150, verbose: true },
    );
  });

  it('any text gets an answer', async () => {
    const piece = fc.constantFrom(
      ...`SELECT FROM WHERE APPLY( * file events ( ) [ ] , . -> :: ' " \` -- /* */ # $a$ ; AS WITH COLUMNS( REPLACE( IN SETTINGS x = 1 {a:String} \\ \n UNION ALL FORMAT JSON lambda( ? é`.split(
        ' ',
      ),
      `'${planted}'`,
      'file(',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 25 }), async (pieces) => {
        const answer = await ask(`SELECT ${pieces.join(' ')}`);
        expect([200, 400, 403]).toContain(answer.status);
        expect(answer.text).not.toContain(secret);
      }),
      { seed: Date.now() % 1_000_000, numRuns: 300, verbose: true },
    );
    expect(await server.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('SQL of datafiles', () => {
  const file = () => `arrayMap(file, ['${planted}'])[1]`;
  const datasource = (column: string, more = '') => ({
    'more.datasource': `SCHEMA >\n    id UInt32 \`json:$.id\`,\n    text String \`json:$.text\` ${column}\nENGINE_SORTING_KEY "id"\n${more}`,
  });
  const pipe = (sql: string, type = 'TYPE endpoint') => ({
    'more.pipe': `NODE n\nSQL >\n    ${sql}\n${type}`,
  });

  it.each<[string, () => Record<string, string>]>([
    ['an endpoint', () => pipe(`SELECT ${file()} AS a`)],
    ['an endpoint with APPLY', () => pipe('SELECT * APPLY(file) FROM events')],
    [
      'an earlier node',
      () => ({
        'more.pipe': `NODE a\nSQL >\n    SELECT ${file()} AS x\nNODE b\nSQL >\n    SELECT x FROM a\nTYPE endpoint`,
      }),
    ],
    ['a DEFAULT', () => datasource(`DEFAULT ${file()}`)],
    [
      'a sorting key',
      () => ({
        'more.datasource': `SCHEMA >\n    id UInt32 \`json:$.id\`\nENGINE_SORTING_KEY "id, ${file()}"`,
      }),
    ],
    ['a partition key', () => datasource('', `ENGINE_PARTITION_KEY "${file()}"`)],
    ['a TTL', () => datasource('', `ENGINE_TTL "toDate(${file()})"`)],
    ['an index', () => datasource('', `INDEXES >\n    i ${file()} TYPE minmax GRANULARITY 1`)],
    [
      'a FORWARD_QUERY',
      () => datasource('', `FORWARD_QUERY >\n    SELECT id, ${file()} AS text FROM events`),
    ],
    [
      'a materialised view',
      () => ({
        ...datasource(''),
        'view.pipe': `NODE n\nSQL >\n    SELECT id, ${file()} AS text FROM events\nTYPE materialized\nDATASOURCE more`,
      }),
    ],
    ['a copy pipe', () => pipe(`SELECT ${file()} AS a`, 'TYPE copy\nTARGET_DATASOURCE events')],
  ])('%s is refused before any of it runs', async (_, files) => {
    const kept = { 'events.datasource': events, 'chosen.pipe': chosen };
    const answer = await server.deploy('/v1/build', { ...kept, ...files() });
    const text = JSON.stringify(answer.body);
    expect(text).toMatch(/failed/);
    expect(text).toMatch(/not allowed|copies are not|not supported/i);
    expect(text).not.toContain(secret);
  });

  it('a parameter that names a function is refused', async () => {
    const kept = { 'events.datasource': events, 'chosen.pipe': chosen };
    expect(await server.deploy('/v1/build', { ...kept, 'applied.pipe': applied })).toMatchObject({
      status: 400,
    });
    const templates = {
      'mapped.pipe':
        'TOKEN reading READ\nNODE n\nSQL >\n    %\n    SELECT id, arrayMap(x -> {{column(name, "id")}}, [1]) AS x FROM events\nTYPE endpoint',
      'passed.pipe':
        'TOKEN reading READ\nNODE n\nSQL >\n    %\n    SELECT COLUMNS(\'file\') APPLY({{column(name, "toString")}}) FROM events\nTYPE endpoint',
    };
    expect(await server.deploy('/v1/build', { ...kept, ...templates })).toMatchObject({ status: 200 });
    const answers: [string, number][] = [
      ['mapped.json', 200],
      ['mapped.json?name=file', 400],
      ['mapped.json?name=hostName', 400],
      ['passed.json', 200],
      ['passed.json?name=upper', 200],
      ['passed.json?name=file', 400],
      ['passed.json?name=FILE', 400],
      ['passed.json?name=hostName', 400],
      ['chosen.json?names=file,id', 200],
      ["chosen.json?names=file('/etc/hostname')", 400],
      ['chosen.json?names=id` APPLY(file', 400],
    ];
    for (const [query, status] of answers) {
      const answer = await server.send(`/v0/pipes/${query}`, { token: readToken });
      expect([query, answer.status, answer.text]).toEqual([
        query,
        status,
        expect.not.stringContaining(secret),
      ]);
    }
  });
});

describe('the store', () => {
  it('only an administrator and tokens that may send rows can read the quarantine', async () => {
    await server.ingest('events', [{ id: 'none', file: 'bad' }]);
    const sql = 'SELECT file FROM events_quarantine';
    expect((await ask(sql, readToken)).status).toBe(403);
    expect((await ask(`SELECT * FROM events WHERE file IN (${sql})`, readToken)).status).toBe(403);
    expect(await ask(sql, appendToken)).toMatchObject({ status: 200, body: { data: [{ file: 'bad' }] } });
    expect(await server.rows(sql)).toEqual([{ file: 'bad' }]);
  });

  it('the error for a wrong parameter does not contain the SQL of the pipe', async () => {
    const answer = await server.send('/v0/pipes/chosen.json?names=nothing_of_the_kind', { token: readToken });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('nothing_of_the_kind');
    expect(answer.text).not.toMatch(/SELECT|ws_local|FROM/);
  });

  it('no file of the store is readable by others', async () => {
    const open: string[] = [];
    const walk = async (path: string): Promise<void> => {
      const { mode } = await stat(path);
      if ((mode & 0o077) !== 0) open.push(path);
      for (const entry of await readdir(path, { withFileTypes: true })) {
        const below = join(path, entry.name);
        if (entry.isDirectory()) await walk(below);
        else if (entry.isFile() && ((await stat(below)).mode & 0o077) !== 0) open.push(below);
      }
    };
    await walk(join(folder.path, 'store'));
    expect(open).toEqual([]);
  });
});

describe('the engine itself', () => {
  it('the engine runs only the exact text that was checked', () => {
    expect(engine.unchecked).toMatch(/not allowed/);
  });

  it('a query reads only the tables that the server itself has put into it', () => {
    expect(engine.readings).toEqual([
      ...otherTables.map((sql) => [
        sql,
        expect.stringMatching(/^(Resource '.*' not found$|the function )/) as string,
      ]),
      ...allowedTables.map((sql) => [sql, 'answered']),
    ]);
  });

  it('even the writing session has no right to files, addresses, programs and dictionaries', () => {
    expect(engine.outcomes.length).toBe(forbidden().length);
    for (const [sql, outcome] of engine.outcomes) {
      expect([sql, outcome]).toEqual([
        sql,
        expect.stringMatching(/necessary to have the grant|does not exist inside user scripts/),
      ]);
    }
  });
});

describe('a list of columns in a text', () => {
  // The engine evaluates the expressions in it, and EXPLAIN does not show them.
  const columns = () => `a String, b String ALIAS file(\\'${planted}\\')`;
  it.each([
    ['values', () => `SELECT b FROM values('${columns()}', 'x')`],
    ['generateRandom', () => `SELECT b FROM generateRandom('${columns()}') LIMIT 1`],
    ['null', () => `SELECT b FROM null('${columns()}')`],
    ['format', () => `SELECT b FROM format(TSV, '${columns()}', 'x')`],
    ['values in a sub-query', () => `SELECT 1 WHERE 'x' IN (SELECT b FROM values('${columns()}', 'x'))`],
  ])('it is refused: %s', async (_, sql) => {
    for (const token of [readToken, appendToken, 'admin']) {
      const { status, body } = await server.send('/v0/sql', { method: 'POST', body: sql(), token });
      expect(status).toBe(400);
      expect(JSON.stringify(body)).not.toContain(secret);
    }
  });
});
