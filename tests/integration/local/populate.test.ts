import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countsTable, totalling, totals } from './datafiles.js';
import { openServer, temporaryFolder, type TestServer } from './server.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;

const files = {
  'counts.datasource': countsTable('UInt64', 'id'),
  'totals.datasource': totals,
  'totalling.pipe': totalling('counts', 1),
  'first.datasource': countsTable('UInt64', 'id'),
  'second.datasource': countsTable('UInt64', 'id'),
  'other.datasource': countsTable('UInt8', 'id'),
};

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path);
  expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
  // The view sums by the last digit of the id: 5 for 1, 11 for 2.
  await server.ingest('counts', [
    { id: 1, n: 5 },
    { id: 2, n: 10 },
    { id: 12, n: 1 },
  ]);
}, 60_000);

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

const sums = async () =>
  Object.fromEntries(
    (
      (await server.rows('SELECT id, sum(n) AS n FROM totals GROUP BY id')) as { id: number; n: number }[]
    ).map(({ id, n }) => [id, n]),
  );
const populate = (parameters: Record<string, string> = {}, path = 'totalling/nodes/n') =>
  server.send(`/v0/pipes/${path}/population`, { method: 'POST', body: new URLSearchParams(parameters) });
const exchange = (a: string, b: string) =>
  server.send(`/v0/datasources/exchange?datasource_a=${a}&datasource_b=${b}`, { method: 'POST' });

describe('a population', () => {
  it('adds what the view computes from all rows, or replaces what was there', async () => {
    expect(await sums()).toEqual({ 1: 5, 2: 11 });
    const answer = await populate();
    expect(answer).toMatchObject({
      status: 200,
      body: { job: { kind: 'populateview', status: 'done', datasource: { name: 'totals' } } },
    });
    expect(await sums()).toEqual({ 1: 10, 2: 22 });
    await populate({ truncate: 'true' });
    expect(await sums()).toEqual({ 1: 5, 2: 11 });
  });

  it('a condition says which rows of the source count', async () => {
    await populate({ truncate: 'true', populate_condition: 'n >= 5 AND id > 1' });
    expect(await sums()).toEqual({ 2: 10 });
    await populate({ truncate: 'true' });
  });

  it('a subset is a part of the rows, rounded up', async () => {
    await populate({ truncate: 'true', populate_subset: '0.1' });
    // A tenth of three rows is one row, the first in the order of the table.
    expect(await sums()).toEqual({ 1: 5 });
    await populate({ truncate: 'true' });
  });

  it.each([
    [{ populate_condition: 'nope = 1' }, undefined, 400, 'nope'],
    [{ populate_condition: '1) UNION ALL (SELECT 1' }, undefined, 400, ''],
    [{ populate_subset: '0.2' }, undefined, 400, 'up to 0.1'],
    [{ populate_subset: '' }, undefined, 400, 'up to 0.1'],
    [{}, 'totalling/nodes/gone', 404, 'is no materialized view'],
  ])('%j is refused (%s), and nothing changes', async (parameters, path, status, error) => {
    expect(await populate(parameters, path)).toMatchObject({
      status,
      body: { error: expect.stringContaining(error) as unknown },
    });
    expect(await sums()).toEqual({ 1: 5, 2: 11 });
  });
});

describe('an exchange of Data Sources', () => {
  it('exchanges their rows', async () => {
    await server.ingest('first', [{ id: 1, n: 1 }]);
    expect(await exchange('first', 'second')).toMatchObject({ status: 200 });
    expect(await server.rows('SELECT id FROM first')).toEqual([]);
    expect(await server.rows('SELECT id FROM second')).toEqual([{ id: 1 }]);
    // They take rows as before.
    await server.ingest('first', [{ id: 2, n: 1 }]);
    expect(await server.rows('SELECT id FROM first')).toEqual([{ id: 2 }]);
  });

  it.each([
    ['first', 'other', 400, 'their columns, engines, indexes or projections differ'],
    ['first', 'counts', 400, 'the materialized pipe "totalling" reads or fills it'],
    ['first', 'gone', 404, 'does not exist'],
    ['first', 'first', 400, 'Two different Data Sources'],
    ['first', '', 400, 'The parameter "datasource_b" is missing'],
  ])('of %s and %s is refused', async (a, b, status, error) => {
    expect(await exchange(a, b)).toMatchObject({
      status,
      body: { error: expect.stringContaining(error) as unknown },
    });
  });
});
