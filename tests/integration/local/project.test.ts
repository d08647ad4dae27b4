import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

/** A project that uses every column type, engine, index and construct of templates. */
const fixture = new URL('../../fixtures/tinybird-project/', import.meta.url).pathname;

async function readProject(): Promise<Record<string, string>> {
  const names = await readdir(fixture, { recursive: true });
  const files = names.filter((name) => /\.(?:datasource|pipe|connection)$/.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(fixture, name), 'utf8')));
  return Object.fromEntries(files.map((name, index) => [name.replace(/^.*[/\\]/, ''), texts[index] ?? '']));
}

const orders = [
  { order_id: 1, customer: 'Ada Lovelace', amount: '10.50', at: '2026-03-01 08:15:00' },
  { order_id: 2, customer: 'Alan Turing', amount: '99.99', at: '2026-03-01 08:59:59' },
  { order_id: 3, customer: 'Ada Lovelace', amount: '0.01', at: '2026-03-02 00:00:00' },
  { order_id: 4, customer: 'Grace Hopper', amount: '60.00', at: '2026-04-10 12:00:00' },
];

const everything = {
  id: 1,
  i8: -128,
  i16: -32768,
  i32: -2147483648,
  i64: '-9223372036854775808',
  i128: '-170141183460469231731687303715884105728',
  i256: '-1',
  u8: 255,
  u16: 65535,
  u64: '18446744073709551615',
  u128: '340282366920938463463374607431768211455',
  u256: '2',
  f32: 1.5,
  f64: -2.25,
  price: '12345678901234.5678',
  yes: true,
  text: 'it\'s "text"',
  fixed: 'abcd',
  uuid: '0f8fad5b-d9cb-469f-a165-70867728950e',
  day: '2026-03-01',
  day32: '1950-01-02',
  at: '2026-03-01T10:20:30Z',
  at_madrid: '2026-03-01 10:20:30',
  at_ms: '2026-03-01 10:20:30.123',
  at_us: '2026-03-01 10:20:30.123456',
  small_kind: 'b',
  kind: "y'z",
  ip4: '127.0.0.1',
  ip6: '::1',
  low: 'l',
  maybe: null,
  low_maybe: 'm',
  list: ['a', "b'c"],
  matrix: [[1, 2], []],
  labels: { a: 1 },
  pair: ['p', -3],
  named: [0.5, 1],
  doc: { a: { b: 7 } },
  meta: { source: { name: 'web' }, parts: [{ n: 4 }, { n: 5 }] },
  version: 1,
};

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;
let files: Record<string, string>;
let built: Awaited<ReturnType<TestServer['deploy']>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path);
  files = await readProject();
  built = await server.deploy('/v1/build', files);
  await server.ingest('orders', orders);
}, 120_000);

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

describe('a project that uses everything', () => {
  it('is built, and built again without a change', async () => {
    expect(built).toMatchObject({ status: 200, body: { result: 'success' } });
    expect(await server.deploy('/v1/build', files)).toMatchObject({ body: { result: 'no_changes' } });
  });

  it('every file is given back verbatim', async () => {
    for (const [name, text] of Object.entries(files)) {
      const kind = name.split('.').at(-1);
      const path = { pipe: '/v1/pipes/', connection: '/v0/connectors/' }[kind ?? ''] ?? '/v0/datasources/';
      expect((await server.send(path + name)).text).toBe(text);
    }
  });

  it('a row with a value of each type is stored and read', async () => {
    expect(await server.ingest('everything', [everything])).toEqual({
      successful_rows: 1,
      quarantined_rows: 0,
    });
    const rows = await server.rows(
      `SELECT toString(i64) AS i64, toString(i128) AS i128, toString(u64) AS u64, toString(u128) AS u128,
              toString(price) AS price, text, fixed, toString(uuid) AS uuid, day, day32, at,
              toString(at_madrid) AS at_madrid, at_ms, at_us, small_kind, kind, toString(ip4) AS ip4,
              toString(ip6) AS ip6, low, maybe, low_maybe, list, matrix, labels, pair, named,
              toInt64(doc.a.b) AS deep, nested, parts, with_default, with_list, with_time, deleted,
              JSONExtractInt(raw, 'version') AS raw_version
       FROM everything FINAL`,
    );
    expect(rows).toEqual([
      {
        i64: '-9223372036854775808',
        i128: '-170141183460469231731687303715884105728',
        u64: '18446744073709551615',
        u128: '340282366920938463463374607431768211455',
        price: '12345678901234.5678',
        text: 'it\'s "text"',
        fixed: 'abcd',
        uuid: '0f8fad5b-d9cb-469f-a165-70867728950e',
        day: '2026-03-01',
        day32: '1950-01-02',
        at: '2026-03-01 10:20:30',
        at_madrid: '2026-03-01 10:20:30',
        at_ms: '2026-03-01 10:20:30.123',
        at_us: '2026-03-01 10:20:30.123456',
        small_kind: 'b',
        kind: "y'z",
        ip4: '127.0.0.1',
        ip6: '::1',
        low: 'l',
        maybe: null,
        low_maybe: 'm',
        list: ['a', "b'c"],
        matrix: [[1, 2], []],
        labels: { a: 1 },
        pair: ['p', -3],
        named: { x: 0.5, y: 1 },
        deep: 7,
        nested: 'web',
        parts: [4, 5],
        with_default: "it's, unset",
        with_list: ['a', 'b'],
        with_time: '1970-01-01 00:00:00.000',
        deleted: 0,
        raw_version: 1,
      },
    ]);
  });

  it('a newer version replaces a row, and a deleted one is gone', async () => {
    const row = { ...everything, id: 2, text: 'old' };
    await server.ingest('everything', [row]);
    await server.ingest('everything', [{ ...row, text: 'new', version: 2 }]);
    const read = () => server.rows('SELECT text FROM everything FINAL WHERE id = 2');
    expect(await read()).toEqual([{ text: 'new' }]);
    await server.ingest('everything', [{ ...row, version: 3, deleted: 1 }]);
    expect(await read()).toEqual([]);
  });

  it('rows that cancel each other out leave the last state', async () => {
    await server.ingest('balances', [
      { account: 'a', balance: 10, sign: 1 },
      { account: 'a', balance: 10, sign: -1 },
      { account: 'a', balance: 7, sign: 1 },
    ]);
    expect(
      await server.rows('SELECT account, sum(balance * sign) AS n FROM balances GROUP BY account'),
    ).toEqual([{ account: 'a', n: 7 }]);
    await server.ingest('stock', [
      { item: 'nut', pieces: 5, sign: 1, version: 1 },
      { item: 'nut', pieces: 4, sign: 1, version: 2 },
      { item: 'nut', pieces: 5, sign: -1, version: 1 },
    ]);
    expect(await server.rows('SELECT item, pieces FROM stock FINAL')).toEqual([{ item: 'nut', pieces: 4 }]);
  });

  it('views over a table that stores nothing fill their targets', async () => {
    expect(await server.rows('SELECT count() AS n FROM orders')).toEqual([{ n: 0 }]);
    expect(await server.rows('SELECT order_id FROM order_lines ORDER BY order_id')).toEqual([
      { order_id: 1 },
      { order_id: 2 },
      { order_id: 3 },
      { order_id: 4 },
    ]);
    expect(
      await server.rows(
        'SELECT customer, sum(orders) AS n, sum(cents) AS c FROM customer_totals GROUP BY customer ORDER BY customer',
      ),
    ).toEqual([
      { customer: 'Ada Lovelace', n: 2, c: 1051 },
      { customer: 'Alan Turing', n: 1, c: 9999 },
      { customer: 'Grace Hopper', n: 1, c: 6000 },
    ]);
    expect(
      await server.rows('SELECT hour, sum(orders) AS n FROM order_hours GROUP BY hour ORDER BY hour'),
    ).toEqual([
      { hour: '2026-03-01 08:00:00', n: 2 },
      { hour: '2026-03-02 00:00:00', n: 1 },
      { hour: '2026-04-10 12:00:00', n: 1 },
    ]);
  });

  it('states are merged by an endpoint, and an endpoint over it filters and sorts', async () => {
    expect(await server.call('days')).toEqual([
      { day: '2026-03-01', orders: 2, customers: 2, revenue: 110.49, largest: 99.99 },
      { day: '2026-03-02', orders: 1, customers: 1, revenue: 0.01, largest: 0.01 },
      { day: '2026-04-10', orders: 1, customers: 1, revenue: 60, largest: 60 },
    ]);
    expect(await server.call('best_days', '?min_revenue=50&order_by=revenue')).toEqual([
      { day: '2026-03-01', orders: 2, revenue: 110.49 },
      { day: '2026-04-10', orders: 1, revenue: 60 },
    ]);
    expect(await server.call('best_days', '?date_from=2026-03-02&date_to=2026-03-31&limit=1')).toEqual([
      { day: '2026-04-10', orders: 1, revenue: 60 },
    ]);
    expect(
      await server.send('/v0/pipes/best_days.json?date_from=2026-01-01&date_to=2026-02-02'),
    ).toMatchObject({
      status: 422,
      body: { error: 'at most 31 days' },
    });
  });

  it.each([
    ['?words_in=ADA,hopper', [1, 3, 4], { words: 2, most: 100, currency: 'EUR' }],
    ['?words_in=a&most_text=5&without=[{"id":2},{"id":4}]', [1, 3], { words: 1, most: 5, currency: 'EUR' }],
    ['?customer=Alan%20Turing,Grace%20Hopper', [2, 4], { words: 0, most: 100, currency: 'EUR' }],
    [
      '?customer=Alan%20Turing&customer=Ada%20Lovelace&min_amount=10',
      [1, 2],
      { words: 0, most: 100, currency: 'EUR' },
    ],
    ['?words_in=a,b,c,d&only_large=true', [2, 4], { words: 3, most: 100, currency: 'EUR' }],
    ['?words_in=100%25', [], undefined],
  ])('a template with every construct answers %s', async (query, ids, more) => {
    const rows = await server.call('search', query);
    expect(rows).toEqual(
      ids.map((order_id) => ({ order_id, customer: orders[order_id - 1]?.customer, ...more })),
    );
  });

  it('a template raises its own error for a call without what it needs', async () => {
    expect(await server.send('/v0/pipes/search.json')).toMatchObject({
      status: 400,
      body: { error: 'give a customer or words_in' },
    });
  });

  it('the tokens of the datafiles exist', async () => {
    const { body } = await server.send('/v0/tokens');
    const { tokens } = body as { tokens: { name: string; scopes: { type: string; resource?: string }[] }[] };
    const scopesOf = (name: string) => tokens.find((token) => token.name === name)?.scopes;
    expect(scopesOf('fixture_reader')).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'DATASOURCES:READ', resource: 'everything' }),
        expect.objectContaining({ type: 'PIPES:READ', resource: 'days' }),
      ]),
    );
    expect(scopesOf('fixture writer')).toMatchObject([
      { type: 'DATASOURCES:APPEND', resource: 'everything' },
    ]);
  });
});
