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
