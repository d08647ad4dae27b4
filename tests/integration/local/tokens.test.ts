import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openServer, temporaryFolder, type TestServer } from './server.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: TestServer;

const files = {
  'visits.datasource': 'TOKEN writer APPEND\nSCHEMA >\n    page String `json:$.page`\n\nENGINE MergeTree\n',
  'pages.pipe': 'NODE out\nSQL >\n    SELECT page FROM visits\nTYPE endpoint\n',
};

beforeAll(async () => {
  folder = await temporaryFolder();
  server = await openServer(folder.path);
  expect(await server.deploy('/v1/build', files)).toMatchObject({ status: 200 });
}, 60_000);

afterAll(async () => {
  await server.local.close();
  await folder[Symbol.asyncDispose]();
});

const post = (path: string, token?: string) =>
  server.send(path, { method: 'POST', ...(token === undefined ? {} : { token }) });

async function make(query: string): Promise<string> {
  const { status, body } = await post(`/v0/tokens/?${query}`);
  expect(status).toBe(200);
  return (body as { token: string }).token;
}

const append = (token: string) =>
  server.send('/v0/events?name=visits&wait=true', { method: 'POST', body: '{"page":"/a"}', token });

describe('tokens that are made over HTTP', () => {
  it('a token may do what its scopes say, until it is deleted', async () => {
    const token = await make('name=app&scope=PIPES:READ:pages&scope=DATASOURCES:APPEND:visits');
    expect(await append(token)).toMatchObject({ status: 200 });
    expect(await server.send('/v0/pipes/pages.json', { token })).toMatchObject({ status: 200 });
    expect(await server.send('/v0/sql?q=SELECT%201%20FROM%20visits', { token })).toMatchObject({
      status: 403,
    });
    expect(await server.send('/v0/tokens', { token })).toMatchObject({ status: 403 });
    expect(await server.send('/v0/tokens/app')).toMatchObject({
      body: {
        name: 'app',
        token,
        scopes: [
          { type: 'PIPES:READ', resource: 'pages' },
          { type: 'DATASOURCES:APPEND', resource: 'visits' },
        ],
      },
    });
    expect(await server.send('/v0/tokens/app', { method: 'DELETE' })).toMatchObject({ body: { ok: true } });
    expect(await append(token)).toMatchObject({ status: 403 });
    expect(await server.send('/v0/tokens/app')).toMatchObject({ status: 404 });
  });

  it('a refresh exchanges its value, a change its scopes', async () => {
    const first = await make('name=job&scope=PIPES:READ:pages');
    const { body } = await post('/v0/tokens/job/refresh');
    const { token } = body as { token: string };
    expect(token).not.toBe(first);
    expect(await server.send('/v0/pipes/pages.json', { token: first })).toMatchObject({ status: 403 });
    expect(await append(token)).toMatchObject({ status: 403 });
    const scopes = '?scope=DATASOURCES:APPEND:visits';
    expect(await server.send(`/v0/tokens/job${scopes}`, { method: 'PUT' })).toMatchObject({ status: 200 });
    expect(await append(token)).toMatchObject({ status: 200 });
    expect(await server.send('/v0/pipes/pages.json', { token })).toMatchObject({ status: 403 });
  });

  it('an administrator token can be made', async () => {
    const token = await make('name=boss&scope=ADMIN');
    expect(await server.send('/v0/tokens', { token })).toMatchObject({ status: 200 });
  });

  it.each([
    ['name=x', 400, 'The parameter "scope" is missing'],
    ['scope=ADMIN', 400, 'The parameter "name" is missing'],
    ['name=x&scope=PIPES:DROP:pages', 400, 'The scope "PIPES:DROP:pages" is not known'],
    ['name=x&scope=PIPES:READ:gone', 404, 'a resource that does not exist'],
    ["name=x&scope=DATASOURCES:READ:visits:page='a'", 400, 'Make a JWT'],
    ['name=writer&scope=ADMIN', 409, 'exists already'],
  ])('%s is refused', async (query, status, error) => {
    expect(await post(`/v0/tokens?${query}`)).toMatchObject({
      status,
      body: { error: expect.stringContaining(error) as unknown },
    });
  });

  it('a token of a datafile cannot be changed over HTTP', async () => {
    expect(await server.send('/v0/tokens/writer', { method: 'DELETE' })).toMatchObject({
      status: 403,
      body: { error: expect.stringContaining('TOKEN lines') as unknown },
    });
    expect(await post('/v0/tokens?name=y&scope=ADMIN', 'p.created.x')).toMatchObject({ status: 403 });
  });
});

it('a token that was made is kept over a restart', async () => {
  const token = await make('name=kept&scope=DATASOURCES:APPEND:visits');
  await server.local.close();
  server = await openServer(folder.path);
  expect(await append(token)).toMatchObject({ status: 200 });
  expect(await server.send('/v0/pipes/pages.json', { token })).toMatchObject({ status: 403 });
});
