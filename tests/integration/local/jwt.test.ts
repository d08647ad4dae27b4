import { createHmac } from 'node:crypto';
import { TinybirdApi } from '@tinybirdco/sdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

const sales = `SCHEMA >
    id UInt32 \`json:$.id\`,
    tenant String \`json:$.tenant\`
ENGINE_SORTING_KEY "id"`;

const byTenant = `NODE n
SQL >
    %
    SELECT id, tenant FROM sales WHERE tenant = {{ String(tenant, 'a') }} ORDER BY id
TYPE endpoint`;

const soon = () => Math.floor(Date.now() / 1000) + 600;

describe('JWTs', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let server: TestServer;

  beforeAll(async () => {
    folder = await temporaryFolder();
    server = await openServer(folder.path);
    const files = { 'sales.datasource': sales, 'by_tenant.pipe': byTenant };
    expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
    await server.ingest('sales', [
      { id: 1, tenant: 'a' },
      { id: 2, tenant: 'b' },
      { id: 3, tenant: 'b' },
    ]);
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const create = (body: object, more = `?expiration_time=${soon()}`) =>
    server.send(`/v0/tokens/${more}`, { method: 'POST', body: JSON.stringify(body) });
  const jwt = async (scopes: object[], more: object = {}) => {
    const { status, body, text } = await create({ name: 'page', scopes, ...more });
    if (status !== 200) throw new Error(text);
    return (body as { token: string }).token;
  };
  const get = (path: string, token: string) => server.send(path, { token });

  it('the official client makes a JWT that may call its pipe and nothing else', async () => {
    const api = new TinybirdApi({ baseUrl: server.local.url, token: server.local.adminToken });
    const { token } = await api.createToken(
      { name: 'page', scopes: [{ type: 'PIPES:READ', resource: 'by_tenant' }] },
      { expirationTime: soon() },
    );
    expect(await get('/v0/pipes/by_tenant.json?tenant=b', token)).toMatchObject({ body: { rows: 2 } });
    expect((await get('/v0/sql?q=SELECT+*+FROM+by_tenant', token)).status).toBe(200);
    for (const path of ['/v0/sql?q=SELECT+*+FROM+sales', '/v0/tokens', '/v0/datasources', '/v1/workspace']) {
      expect((await get(path, token)).status, path).toBe(403);
    }
    const events = await server.send('/v0/events?name=sales', { method: 'POST', token, body: '{"id":9}' });
    expect(events.status).toBe(403);
  });

  it('fixed parameters override those of the request, in every way to ask', async () => {
    const token = await jwt([{ type: 'PIPES:READ', resource: 'by_tenant', fixed_params: { tenant: 'a' } }]);
    const rows = async (path: string, init: RequestInit = {}) =>
      ((await server.send(path, { ...init, token })).body as { data: unknown[] }).data;
    const own = [{ id: 1, tenant: 'a' }];
    const form = { method: 'POST', body: new URLSearchParams({ tenant: 'b' }) };
    expect(await rows('/v0/pipes/by_tenant.json')).toEqual(own);
    expect(await rows('/v0/pipes/by_tenant.json?tenant=b')).toEqual(own);
    expect(await rows('/v0/pipes/by_tenant.json', form)).toEqual(own);
    expect(await rows('/v0/pipes/by_tenant.json?tenant=b&q=SELECT+*+FROM+_')).toEqual(own);
    expect(await rows('/v0/sql?tenant=b&pipeline=by_tenant&q=SELECT+*+FROM+_')).toEqual(own);
    expect(await get('/v0/sql?tenant=b&q=SELECT+*+FROM+by_tenant', token)).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('The token fixes parameters of "by_tenant"') as string },
    });
  });

  it('a filter hides the other rows of a datasource, however the query reads it', async () => {
    const token = await jwt([{ type: 'DATASOURCES:READ', resource: 'sales', filter: "tenant = 'b'" }]);
    const ids = async (sql: string) => {
      const { status, body, text } = await get(`/v0/sql?q=${encodeURIComponent(sql)}`, token);
      if (status !== 200) throw new Error(text);
      return (body as { data: { id: number }[] }).data.map(({ id }) => id);
    };
    expect(await ids('SELECT id FROM sales ORDER BY id')).toEqual([2, 3]);
    expect(await ids('SELECT sales.id AS id FROM sales WHERE id < 3 OR 1 ORDER BY id')).toEqual([2, 3]);
    expect(await ids('SELECT number AS id FROM numbers(5) WHERE number IN (SELECT id FROM sales)')).toEqual([
      2, 3,
    ]);
    expect(await ids('WITH s AS (SELECT * FROM sales) SELECT id FROM s ORDER BY id')).toEqual([2, 3]);
    expect((await get('/v0/sql?q=SELECT+*+FROM+by_tenant', token)).status).toBe(403);
  });

  it('a JWT that may append sends rows, and reads none', async () => {
    const token = await jwt([{ type: 'DATASOURCES:APPEND', resource: 'sales' }]);
    const post = await server.send('/v0/events?name=sales&wait=true', {
      method: 'POST',
      token,
      body: '{"id":50,"tenant":"z"}',
    });
    expect(post).toMatchObject({ status: 200, body: { successful_rows: 1 } });
    expect((await get('/v0/sql?q=SELECT+*+FROM+sales', token)).status).toBe(403);
  });

  it('more requests than the limit are answered with 429, and the headers say so', async () => {
    const token = await jwt([{ type: 'PIPES:READ', resource: 'by_tenant' }], { limits: { rps: 1 } });
    const call = () =>
      fetch(`${server.local.url}/v0/pipes/by_tenant.json`, { headers: { authorization: `Bearer ${token}` } });
    // Twenty at once cannot be spread over twenty seconds, in each of which one may pass.
    const answers = await Promise.all(Array.from({ length: 20 }, call));
    const refused = answers.find(({ status }) => status === 429);
    const passed = answers.find(({ status }) => status === 200);
    expect(passed?.headers.get('x-ratelimit-limit')).toBe('1');
    expect(passed?.headers.get('retry-after')).toBeNull();
    expect(refused?.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(refused?.headers.get('retry-after')).toBe('1');
    const free = await fetch(`${server.local.url}/v0/pipes/by_tenant.json?token=local`);
    expect(free.headers.get('x-ratelimit-limit')).toBeNull();
  });

  it('a JWT of another key, an expired one and a forged one are refused with 403', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const made = (key: string, exp: number, alg = 'HS256') => {
      const scopes = [{ type: 'PIPES:READ', resource: 'by_tenant' }];
      const signed = `${part({ alg })}.${part({ workspace_id: 'local', name: 'n', exp, scopes })}`;
      return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
    };
    const call = async (token: string) => (await get('/v0/pipes/by_tenant.json', token)).status;
    expect(await call(made(server.local.adminToken, soon()))).toBe(200);
    expect(await call(made('another key', soon()))).toBe(403);
    expect(await call(made(server.local.adminToken, soon() - 3_600))).toBe(403);
    expect(await call(made(server.local.adminToken, soon(), 'none'))).toBe(403);
  });

  it('a JWT that cannot be made is explained', async () => {
    const scopes = [{ type: 'PIPES:READ', resource: 'by_tenant' }];
    const refused: [string, object, string][] = [
      ['', { name: 'n', scopes }, '"expiration_time" is missing'],
      ['?expiration_time=1000', { name: 'n', scopes }, 'a time in the future'],
      ['?expiration_time=soon', { name: 'n', scopes }, 'a time in the future'],
      [`?expiration_time=${soon()}`, { scopes }, 'name'],
      [`?expiration_time=${soon()}`, { name: 'n', scopes: [{ type: 'ADMIN' }] }, 'scopes'],
      [
        `?expiration_time=${soon()}`,
        { name: 'n', scopes: [{ type: 'DATASOURCES:READ', resource: 'sales', filter: '1) OR (1' }] },
        'The filter of the scope on "sales" is wrong',
      ],
    ];
    for (const [query, body, reason] of refused) {
      const answer = await create(body, query);
      expect(answer.status, reason).toBe(400);
      expect((answer.body as { error: string }).error).toContain(reason);
    }
    const token = await jwt(scopes);
    expect((await server.send('/v0/tokens/', { method: 'POST', token, body: '{}' })).status).toBe(403);
  });
});

describe('a strict server', () => {
  it('a strict server knows only its own tokens', async () => {
    await using folder = await temporaryFolder();
    await using server = await openServer(folder.path, { strict: true, tokens: { reader: 'read-value' } });
    const status = async (token: string) => (await server.send('/v0/sql?q=SELECT+1', { token })).status;
    expect(await status('local')).toBe(403);
    expect(await status(server.local.adminToken)).toBe(200);
    expect(await status('read-value')).toBe(200);
    expect((await server.send('/v1/workspace', { token: 'read-value' })).status).toBe(403);
    expect((await server.send('/v1/workspace', { token: server.local.adminToken })).status).toBe(200);
  });
});
