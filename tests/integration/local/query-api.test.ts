import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const sales = `SCHEMA >
    id UInt32 \`json:$.id\`,
    tenant String \`json:$.tenant\`,
    amount Float64 \`json:$.amount\`
ENGINE_SORTING_KEY "id"`;

const byTenant = `NODE n
SQL >
    %
    SELECT id, tenant, amount FROM sales
    WHERE 1
    {% if defined(tenant) %} AND tenant = {{ String(tenant) }} {% end %}
    {% if defined(ids) %} AND id IN {{ Array(ids, 'Int32') }} {% end %}
    ORDER BY id
TYPE endpoint`;

const metrics = `NODE n
SQL >
    SELECT 'sales_total' AS name, sum(amount) AS value, 'gauge' AS type, 'All sales' AS help,
        map('tenant', tenant) AS labels
    FROM sales GROUP BY tenant ORDER BY tenant
TYPE endpoint`;

const bySecret = `NODE n
SQL >
    %
    SELECT count() AS n FROM sales WHERE tenant = {{ tb_secret('tenant_name') }}
TYPE endpoint`;

describe('the Query API', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path);
    const files = {
      'sales.datasource': sales,
      'by_tenant.pipe': byTenant,
      'metrics.pipe': metrics,
      'by_secret.pipe': bySecret,
    };
    expect(
      await server.send('/v0/variables?name=tenant_name&value=kept-for-itself', { method: 'POST' }),
    ).toMatchObject({
      status: 200,
    });
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
    await server.ingest('sales', [
      { id: 1, tenant: 'a', amount: 10 },
      { id: 2, tenant: 'b', amount: 20 },
      { id: 3, tenant: 'a', amount: 30 },
    ]);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
  const json = (value: object) => ({
    method: 'POST',
    body: JSON.stringify(value),
    headers: { 'content-type': 'application/json' },
  });
  const data = async (path: string, init?: RequestInit) => {
    const { status, body, text } = await server.send(path, init);
    if (status !== 200) throw new Error(`${status}: ${text}`);
    return (body as { data: unknown }).data;
  };

  it('explain tells the whole SQL of a pipe or node and its plan, without the databases of the server', async () => {
    for (const path of ['by_tenant/explain', 'by_tenant/nodes/n/explain']) {
      const answer = await server.send(`/v0/pipes/${path}?tenant=a`);
      expect(answer).toMatchObject({
        status: 200,
        body: {
          debug_query: expect.stringMatching(/FROM sales[^]*AND tenant = 'a'/) as unknown,
          query_explain: expect.stringContaining('ReadFromMergeTree (sales)') as unknown,
        },
      });
      expect(answer.text).not.toContain('ws_local');
    }
    expect(await server.send('/v0/pipes/none/explain')).toMatchObject({ status: 404 });
    expect(await server.send('/v0/pipes/by_tenant/nodes/m/explain')).toMatchObject({
      status: 404,
      body: { error: "The node 'm' does not exist in the pipe 'by_tenant'" },
    });
    expect(await server.send('/v0/pipes/by_tenant/explain?ids=x')).toMatchObject({ status: 400 });
    const withSecret = await server.send('/v0/pipes/by_secret/explain');
    expect(withSecret).toMatchObject({
      status: 200,
      body: { debug_query: expect.stringContaining('{tenant_name: String}') as unknown },
    });
    expect(withSecret.text).not.toContain('kept-for-itself');
  });

  it('openapi.json describes the endpoints that the token may read, and the workspace and region are told', async () => {
    const created = await server.send('/v0/tokens?name=one&scope=PIPES:READ:by_tenant', { method: 'POST' });
    const { token } = created.body as { token: string };
    expect(await server.send(`/v0/pipes/openapi.json?token=${token}`, { token: '' })).toMatchObject({
      status: 200,
      body: {
        openapi: '3.0.0',
        paths: {
          '/pipes/by_tenant.json': {
            get: {
              parameters: [
                { name: 'tenant', in: 'query', schema: { type: 'string' } },
                { name: 'ids', in: 'query', schema: { type: 'array' } },
              ],
              responses: {
                200: {
                  content: {
                    'application/json': {
                      schema: {
                        properties: {
                          data: {
                            items: {
                              properties: {
                                id: { type: 'integer' },
                                tenant: { type: 'string' },
                                amount: { type: 'number' },
                              },
                            },
                          },
                        },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    });
    const all = await server.send('/v0/pipes/openapi.json');
    const pathsOf = ({ body }: { body: unknown }) => Object.keys((body as { paths: object }).paths).sort();
    expect(pathsOf(all)).toEqual(['/pipes/by_secret.json', '/pipes/by_tenant.json', '/pipes/metrics.json']);
    const own = await server.send(`/v0/pipes/openapi.json?token=${token}`, { token: '' });
    expect(pathsOf(own)).toEqual(['/pipes/by_tenant.json']);
    expect(await server.send('/v0/workspace')).toMatchObject({ body: { name: 'local', scope: 'admin' } });
    expect(await server.send('/v0/regions')).toMatchObject({ body: { regions: [{ name: 'local' }] } });
  });

  it('q in a posted form or JSON object runs over the pipe, with the parameters of the request', async () => {
    const q = 'SELECT sum(amount) AS total FROM _';
    const path = '/v0/pipes/by_tenant.json';
    expect(await data(path, form({ q }))).toEqual([{ total: 60 }]);
    expect(await data(path, json({ q }))).toEqual([{ total: 60 }]);
    expect(await data(path, form({ q, tenant: 'a' }))).toEqual([{ total: 40 }]);
    expect(await data(`${path}?tenant=b&q=${encodeURIComponent(q)}`)).toEqual([{ total: 20 }]);
    expect(await data('/v0/sql', form({ q, pipeline: 'by_tenant', tenant: 'b' }))).toEqual([{ total: 20 }]);
  });

  it('parameters are accepted as form, multipart form and JSON, and a repeated key is a list', async () => {
    const multipart = new FormData();
    multipart.append('tenant', 'b');
    expect(await data('/v0/pipes/by_tenant.json', { method: 'POST', body: multipart })).toEqual([
      { id: 2, tenant: 'b', amount: 20 },
    ]);
    const ids = async (init: RequestInit) =>
      ((await data('/v0/pipes/by_tenant.json', init)) as { id: number }[]).map(({ id }) => id);
    expect(await ids(json({ ids: [1, 2] }))).toEqual([1, 2]);
    expect(
      await ids({
        method: 'POST',
        body: new URLSearchParams([
          ['ids', '2'],
          ['ids', '3'],
        ]),
      }),
    ).toEqual([2, 3]);
  });

  it('a free query can be a template with typed parameters', async () => {
    const sql = '% SELECT sum(amount) AS total FROM sales WHERE tenant = {{ String(who) }}';
    expect(await data('/v0/sql', form({ q: sql, who: 'a' }))).toEqual([{ total: 40 }]);
    expect(await data('/v0/sql?who=b', { method: 'POST', body: sql })).toEqual([{ total: 20 }]);
    expect(await data('/v0/sql', json({ q: sql, who: "x' OR '1'='1" }))).toEqual([{ total: 0 }]);
    const limited = '%SELECT id FROM sales ORDER BY id LIMIT {{ Int32(most, 1) }}';
    expect(await data('/v0/sql', form({ q: limited }))).toEqual([{ id: 1 }]);
    expect(await server.send('/v0/sql', form({ q: limited, most: 'many' }))).toMatchObject({
      status: 400,
      body: { error: "Template Syntax Error: Error validating 'many' to type Int32" },
    });
    expect(await server.send('/v0/sql', form({ q: sql }))).toMatchObject({ status: 400 });
  });

  it('a query posted by curl without a content type of its own is not taken for a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = "SELECT count() AS n FROM sales WHERE tenant = 'a' AND amount > 10";
    expect(await data('/v0/sql', { method: 'POST', headers, body })).toEqual([{ n: 1 }]);
  });

  it('a pipe with the columns name and value is served to Prometheus', async () => {
    const answer = await fetch(`${server.local.url}/v0/pipes/metrics.prometheus?token=local`);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect((await answer.text()).trim().split('\n')).toEqual([
      '# HELP sales_total All sales',
      '# TYPE sales_total gauge',
      'sales_total{tenant="a"} 40',
      'sales_total{tenant="b"} 20',
    ]);
    expect((await server.send('/v0/sql?q=SELECT+name,+value+FROM+metrics+FORMAT+Prometheus')).text).toContain(
      'sales_total 20',
    );
    expect(await server.send('/v0/pipes/by_tenant.prometheus')).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("Column 'name' is required") as string },
    });
  });

  it('an unknown FORMAT is answered with the list of those that exist', async () => {
    const answer = await server.send('/v0/sql?q=SELECT+1+FORMAT+Markdown');
    expect(answer.status).toBe(400);
    expect((answer.body as { error: string }).error).toMatch(
      /^FORMAT Markdown is not supported by the local server; it has JSON, .*CSVWithNames.*Parquet, Prometheus$/,
    );
  });

  it('an error is a text with the address of the documentation', async () => {
    const answer = await server.send('/v0/pipes/none.json');
    expect(answer).toMatchObject({
      status: 404,
      body: {
        error: "The pipe 'none' does not exist",
        documentation: 'https://www.tinybird.co/docs/forward/api-reference',
      },
    });
  });

  it('a job that nobody started does not exist, and that of a branch can be asked for', async () => {
    expect(await server.send('/v0/jobs/abc')).toMatchObject({
      status: 404,
      body: { error: expect.stringContaining('Job abc does not exist') as string },
    });
    const { body } = await server.send('/v1/environments?name=try', { method: 'POST' });
    const { id } = (body as { job: { id: string } }).job;
    expect(await server.send(`/v0/jobs/${id}`)).toMatchObject({
      status: 200,
      body: { id, kind: 'create_branch', status: 'done' },
    });
    expect((await server.send('/v0/jobs')).body).toMatchObject({ jobs: [{ id }] });
  });
});
