import { http, HttpResponse, type JsonBodyType } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { deployFiles, planOf, untilLive } from './deployment.js';

const url = 'https://api.tinybird.test';
const target = { url, token: 'p.admin' };
const files = [
  { filename: 'events.datasource', content: 'SCHEMA > a String' },
  { filename: 'top.pipe', content: 'NODE n' },
];
const deploying = { check: false, allowDestructive: false };

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

/** Answers the requests for a deployment, and records them. */
function answering(status: number, body: JsonBodyType): Request[] {
  const seen: Request[] = [];
  server.use(
    http.post(`${url}/v1/deploy`, ({ request }) => {
      seen.push(request.clone());
      return HttpResponse.json(body, { status });
    }),
  );
  return seen;
}

it('the plan names what is new, what is there, and what only the workspace has', async () => {
  server.use(
    http.get(`${url}/v0/datasources`, () => HttpResponse.json({ datasources: [{ name: 'foreign' }] })),
    http.get(`${url}/v1/pipes`, () => HttpResponse.json({ data: [{ name: 'top' }, { name: 'other' }] })),
  );
  expect(await planOf(target, files)).toEqual({
    creates: ['events.datasource'],
    keeps: ['top.pipe'],
    removes: ['foreign.datasource', 'other.pipe'],
  });
});

it('a deployment sends every file with the deploy token, and goes live by itself', async () => {
  const seen = answering(200, {
    result: 'success',
    deployment: { id: '7', status: 'data_ready', live: true },
  });
  expect(await deployFiles(target, files, deploying)).toEqual({
    isUnchanged: false,
    id: '7',
    isLive: true,
    feedback: [],
  });
  const [request] = seen;
  expect(new URL(request?.url ?? '').search).toBe('?auto_promote=true');
  expect(request?.headers.get('authorization')).toBe('Bearer p.admin');
  const parts = (await request?.text())?.split(/--\S*formdata\S*\r\n/).filter((part) => part !== '');
  expect(parts?.map((part) => part.split('\r\n'))).toEqual([
    [
      'Content-Disposition: form-data; name="data_project://"; filename="events.datasource"',
      'Content-Type: text/plain',
      '',
      'SCHEMA > a String',
      '',
    ],
    expect.arrayContaining([
      'Content-Disposition: form-data; name="data_project://"; filename="top.pipe"',
      'NODE n',
    ]),
  ]);
});

it('a check asks for no promotion, and destructive changes are allowed only if asked for', async () => {
  const seen = answering(200, { result: 'success' });
  await deployFiles(target, files, { check: true, allowDestructive: false });
  await deployFiles(target, files, { check: false, allowDestructive: true });
  expect(seen.map((request) => new URL(request.url).search)).toEqual([
    '?check=true',
    '?auto_promote=true&allow_destructive_operations=true',
  ]);
});

it('a workspace that has all of it is unchanged', async () => {
  answering(200, { result: 'no_changes' });
  expect(await deployFiles(target, files, deploying)).toMatchObject({ isUnchanged: true, id: null });
});

it('each reason of a refusal is one line, whatever its form', async () => {
  answering(400, {
    result: 'failed',
    deployment: {
      id: '8',
      status: 'failed',
      feedback: [
        { resource: 'Datasource events.datasource', level: 'ERROR', message: 'Unknown type' },
        { resource: null, level: 'WARNING', message: 'Slow' },
      ],
    },
    errors: [{ filename: 'top.pipe', error: 'Unknown table' }, { error: 'Too many pipes' }],
  });
  await expect(deployFiles(target, files, deploying)).rejects.toMatchObject({
    kind: 'rejected',
    message: `${url} refused the deployment:\nERROR Datasource events.datasource: Unknown type\ntop.pipe: Unknown table\nToo many pipes`,
  });
});

it('a token without the right is unauthorized, and the address in the error has no query', async () => {
  server.use(
    http.post(`${url}/v1/deploy`, () => HttpResponse.json({ error: 'Invalid token' }, { status: 403 })),
  );
  await expect(deployFiles(target, files, deploying)).rejects.toMatchObject({
    kind: 'unauthorized',
    message: `${url}/v1/deploy answered 403: Invalid token`,
  });
});

it('an answer that is no JSON is a bad response', async () => {
  server.use(http.get(`${url}/v0/datasources`, () => new HttpResponse('<html>', { status: 200 })));
  server.use(http.get(`${url}/v1/pipes`, () => HttpResponse.json({ pipes: [] })));
  await expect(planOf(target, files)).rejects.toMatchObject({ kind: 'bad_response' });
});

it('a deployment that is filled is waited for until it is live', async () => {
  const states = ['calculating', 'data_ready', 'live'];
  server.use(
    http.get(`${url}/v1/deployments/7`, () => {
      const status = states.shift() ?? '';
      return HttpResponse.json({
        result: 'success',
        deployment: { id: '7', status, live: status === 'live' },
      });
    }),
  );
  await untilLive(target, '7', 1);
  expect(states).toEqual([]);
});

it('a deployment that Tinybird gives up ends the wait with its reasons', async () => {
  server.use(
    http.get(`${url}/v1/deployments/7`, () =>
      HttpResponse.json({
        result: 'success',
        deployment: {
          id: '7',
          status: 'failed',
          live: false,
          feedback: [{ level: 'ERROR', message: 'Memory limit' }],
        },
      }),
    ),
  );
  await expect(untilLive(target, '7', 1)).rejects.toMatchObject({
    kind: 'rejected',
    message: `${url} refused the deployment:\ndeployment 7 is failed\nERROR Memory limit`,
  });
});
