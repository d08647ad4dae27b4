import { once } from 'node:events';
import { request } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import packageJson from '../../package.json' with { type: 'json' };
import { errorSchema, healthSchema } from '../../src/api/openapi.js';
import * as routes from '../../src/api/routes/index.js';
import type { TinybirdClient } from '../../src/store/client-types.js';
import { startAtel } from '../helpers/atel.js';
import { endsInBackground } from '../helpers/background.js';
import { sessions } from '../helpers/captures.js';
import { tempFolder } from '../helpers/temp.js';
import { day, useCapturedStore } from './helpers/captured-store.js';
import { makeApiRequestRow } from './helpers/factories.js';

const store = useCapturedStore();

const THAT_DAY = 'from=2026-11-20&to=2026-11-21';
const MARCH = 'from=2026-03-09&to=2026-03-16';
const march = { from: '2026-03-09 00:00:00', to: '2026-03-16 00:00:00' };
const session_id = sessions.first;

async function get(path: string): Promise<unknown> {
  const response = await fetch(store.atel.apiUrl + path);
  expect(response.status, path).toBe(200);
  // An answer about a window that has ended is kept, and asked for again with its tag.
  const isSettled = response.headers.has('etag');
  expect(response.headers.get('cache-control')).toBe(isSettled ? 'private, no-cache' : 'no-store');
  return response.json();
}

/** Status, kind and message of a refused request. */
async function refused(path: string): Promise<[status: number, kind: string, message: string]> {
  const response = await fetch(store.atel.apiUrl + path);
  const { error } = errorSchema.parse(await response.json());
  return [response.status, error.kind, error.message];
}

/** For each route, a request and the answers of the pipes to it. */
const asked: [
  route: keyof typeof routes,
  path: string,
  pipes: Record<string, (client: TinybirdClient) => Promise<unknown[]>>,
][] = [
  ['summary', `/v1/summary?${THAT_DAY}`, { metrics: (client) => client.usageSummary.query(day) }],
  ['summary', `/v1/summary?${MARCH}`, { metrics: (client) => client.usageSummary.query(march) }],
  ['sessions', `/v1/sessions?${THAT_DAY}`, { sessions: (client) => client.sessionList.query(day) }],
  [
    'sessions',
    `/v1/sessions?${THAT_DAY}&status=ended&prefix=1111&limit=1000`,
    { sessions: (client) => client.sessionList.query({ ...day, status: 'ended', session_prefix: '1111' }) },
  ],
  [
    'session',
    `/v1/sessions/${session_id}`,
    { threads: (client) => client.sessionThreads.query({ session_id }) },
  ],
  [
    'timeline',
    `/v1/sessions/${session_id}/timeline`,
    { timeline: (client) => client.sessionTimeline.query({ session_id }) },
  ],
  [
    'contents',
    `/v1/sessions/${session_id}/contents`,
    { contents: (client) => client.sessionContents.query({ session_id }) },
  ],
  ['cost', `/v1/analytics/cost?${THAT_DAY}`, { parts: (client) => client.costByPart.query(day) }],
  ['cost', `/v1/analytics/cost?${MARCH}`, { parts: (client) => client.costByPart.query(march) }],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&groupBy=model`,
    { parts: (client) => client.costByModel.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&groupBy=agent`,
    { parts: (client) => client.costByAgent.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&groupBy=skill`,
    { parts: (client) => client.costBySkill.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&groupBy=project`,
    { parts: (client) => client.costByProject.query(day) },
  ],
  ['cost', `/v1/analytics/cost?${THAT_DAY}&groupBy=day`, { parts: (client) => client.costByDay.query(day) }],
  [
    'trend',
    `/v1/analytics/trend?${THAT_DAY}&period=hourly&timezone=Asia/Kolkata`,
    {
      periods: (client) => client.costTrend.query({ ...day, period: 'hourly', timezone: 'Asia/Kolkata' }),
    },
  ],
  [
    'overview',
    `/v1/overview?${THAT_DAY}&period=hourly`,
    { periods: (client) => client.costTrend.query({ ...day, period: 'hourly' }) },
  ],
  ['tools', `/v1/analytics/tools?${THAT_DAY}`, { tools: (client) => client.toolUsage.query(day) }],
  [
    'tools',
    `/v1/analytics/tools?${THAT_DAY}&project=nowhere`,
    { tools: (client) => client.toolUsage.query({ ...day, project: 'nowhere' }) },
  ],
];

describe('the REST API', () => {
  it.each(asked)('%s: %s returns the rows of the pipes, as in its schema', async (route, path, pipes) => {
    const answer = routes[route].answer.parse(await get(path));
    for (const [field, rows] of Object.entries(pipes))
      expect(answer).toHaveProperty(field, await rows(store.atel.client));
  });

  it('the tests request every route', () => {
    expect([...new Set(asked.map(([route]) => route))].sort()).toEqual(Object.keys(routes).sort());
  });

  it('the overview has the rows of usage_overview', async () => {
    const { metrics, parts, tools } = routes.overview.answer.parse(await get(`/v1/overview?${THAT_DAY}`));
    expect([{ metrics, parts, tools }]).toEqual(await store.atel.client.usageOverview.query(day));
  });

  it('paging through a breakdown and through the tools returns each row once', async () => {
    const all = async <Row>(
      read: (after: string) => Promise<{ rows: Row[]; next_cursor: string | null }>,
    ) => {
      const found: Row[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const page: { rows: Row[]; next_cursor: string | null } = await read(
          cursor === '' ? '' : `&cursor=${cursor}`,
        );
        expect(page.rows.length).toBeLessThanOrEqual(2);
        found.push(...page.rows);
        cursor = page.next_cursor;
      }
      return found;
    };
    const tools = await all(async (after) => {
      const page = await get(`/v1/analytics/tools?${THAT_DAY}&limit=2${after}`);
      const { tools: rows, next_cursor } = routes.tools.answer.parse(page);
      return { rows, next_cursor };
    });
    expect(tools).toEqual(await store.atel.client.toolUsage.query(day));
    expect(tools).toHaveLength(5);
    const skills = await all(async (after) => {
      const page = await get(`/v1/analytics/cost?${THAT_DAY}&groupBy=skill&limit=2${after}`);
      const { parts: rows, next_cursor } = routes.cost.answer.parse(page);
      return { rows: [...rows] as unknown[], next_cursor };
    });
    expect(skills).toEqual(await store.atel.client.costBySkill.query(day));
  });

  it('a session in detail has the same figures as in the overview', async () => {
    const { session } = routes.session.answer.parse(await get(`/v1/sessions/${session_id}`));
    const [row] = await store.atel.client.sessionOverview.query({ session_id });
    expect(session).toEqual(row);
    expect(session).toMatchObject({ session_id, agents_used: 3, skills_used: 1, tool_failures: 1 });
  });

  it('cost by each of the five groupings sums to the cost of the captured runs', async () => {
    for (const groupBy of ['model', 'agent', 'skill', 'project', 'day']) {
      const answer = await get(`/v1/analytics/cost?${THAT_DAY}&groupBy=${groupBy}`);
      const { parts } = routes.cost.answer.parse(answer);
      const total = parts.reduce((sum, part) => sum + (part.total_cost_usd ?? NaN), 0);
      expect(total, groupBy).toBeCloseTo(0.5069675, 9);
      expect(parts.reduce((sum, part) => sum + part.request_count, 0)).toBe(23);
    }
  });

  it('paging through the sessions returns each once', async () => {
    const whole = await store.atel.client.sessionList.query(day);
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = routes.sessions.answer.parse(await get(`/v1/sessions?${THAT_DAY}&limit=1${after}`));
      found.push(...page.sessions.map((row) => row.session_id));
      cursor = page.next_cursor;
    }
    expect(found).toEqual(whole.map((row) => row.session_id));
    expect(found).toHaveLength(4);
  });

  it('the default period is the last seven days', async () => {
    const { window } = routes.sessions.answer.parse(await get('/v1/sessions'));
    expect(window).toMatchObject({ to: null, project: null });
    const days = (Date.now() - Date.parse(window.from)) / 86_400_000;
    expect(Math.round(days)).toBe(7);
  });

  it('the health route answers and says which server it is', async () => {
    const { apiUrl, dashboardUrl } = store.atel;
    for (const [url, service] of [
      [apiUrl, 'atel-api'],
      [dashboardUrl, 'atel-dashboard'],
    ] as const) {
      const health = healthSchema.parse(await (await fetch(`${url}/health`)).json());
      expect(health).toMatchObject({ status: 'ok', service, version: packageJson.version, queue: 0 });
    }
  });

  it('the OpenAPI document describes each route with the outputs of the pipes', async () => {
    const described = z
      .object({ openapi: z.string(), paths: z.record(z.string(), z.object({ get: z.unknown() })) })
      .parse(await get('/openapi.json'));
    expect(described.openapi).toBe('3.1.0');
    const paths = Object.values(routes).map(({ path }) => path.replace(':id', '{id}'));
    expect(Object.keys(described.paths).sort()).toEqual(['/health', '/v1/live', ...paths].sort());
    const sessions = JSON.stringify(described.paths['/v1/sessions']);
    const [row] = await store.atel.client.sessionList.query({ ...day, limit: 1 });
    for (const column of Object.keys(row!)) expect(sessions).toContain(`"${column}"`);
    for (const name of Object.keys(routes.sessions.parameters))
      expect(sessions).toContain(`"name":"${name}"`);
  });
});

describe('requests that the REST API refuses', () => {
  it.each([
    ['/v1/sessions/00000000-0000-4000-8000-000000000000', 'there is no session "00000000'],
    ['/v1/sessions/nobody/timeline', 'there is no session "nobody"'],
    // The start of an id is not an id.
    [`/v1/sessions/${session_id.slice(0, 8)}`, 'there is no session "11111111"'],
    ['/v1/sessions/', 'GET /v1/sessions/ is not served'],
    ['/v1/nothing', 'GET /v1/nothing is not served: see /openapi.json'],
    ['/', 'GET / is not served'],
  ])('%s is not found', async (path, message) => {
    expect(await refused(path)).toEqual([404, 'not_found', expect.stringContaining(message)]);
  });

  it.each([
    ['/v1/summary?days=0', 'days takes a whole number of days from 1 to 36500, not "0"'],
    ['/v1/summary?days=1.5', 'days takes a whole number'],
    ['/v1/summary?days=week', 'days takes a whole number'],
    ['/v1/summary?from=yesterday', 'from takes a day (2026-11-20) or a moment'],
    ['/v1/summary?from=2026-02-30', 'not "2026-02-30": the last day of that month is 2026-02-28'],
    ['/v1/summary?from=2026-11-20&to=2026-11-20', 'is not after from'],
    ['/v1/summary?from=2098-01-01', 'lies in the future'],
    ['/v1/summary?from=2199-01-01', 'the years are 1971 to 2099'],
    ['/v1/summary?project=', 'project takes a project'],
    ['/v1/summary?since=7d', 'unknown parameter "since"; known are days, from, to, project'],
    ['/v1/summary?__proto__=1', 'unknown parameter "__proto__"'],
    ['/v1/summary?days=1&days=2', 'days is given more than once'],
    ['/v1/sessions?limit=1001', 'limit takes a whole number from 1 to 1000'],
    ['/v1/sessions?status=open', 'status takes active, ended, abandoned, not "open"'],
    ['/v1/sessions?cursor=zzzzzzzzzzzzzzzz', 'cursor takes the next_cursor of the previous page'],
    [`/v1/sessions/${session_id}?days=1`, 'unknown parameter "days"; there are none here'],
    ['/v1/analytics/cost?groupBy=user', 'groupBy takes model, agent, skill, project, day, not "user"'],
    ['/v1/analytics/trend?period=hourly&days=36500', 'a trend has at most 5,000 periods: ask for a shorter'],
    ['/v1/overview?period=hourly&days=36500', 'a trend has at most 5,000 periods: ask for a shorter'],
    ['/v1/analytics/tools?limit=1001', 'limit takes a whole number from 1 to 1000'],
    ['/v1/analytics/tools?cursor=x', 'cursor takes the next_cursor of the previous page'],
    ['/v1/analytics/trend?timezone=Nowhere', 'timezone takes a time zone such as UTC'],
  ])('%s is a bad request', async (path, message) => {
    expect(await refused(path)).toEqual([400, 'bad_request', expect.stringContaining(message)]);
  });
});

/** The status of a request with headers that a browser would set. */
async function statusOf(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const sent = request(url, { headers });
  sent.end();
  const [response] = (await once(sent, 'response')) as [{ statusCode?: number; resume(): void }];
  response.resume();
  return response.statusCode;
}

describe('requests from other sites', () => {
  it.each([
    [{ host: 'evil.example' }],
    [{ host: 'evil.example:8318' }],
    [{ origin: 'http://evil.example' }],
    [{ origin: 'http://localhost:1' }],
    [{ origin: 'null' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'document' }],
  ])('a request with the headers %j is refused', async (headers: Record<string, string>) => {
    for (const url of [store.atel.apiUrl, store.atel.dashboardUrl])
      for (const path of ['/v1/summary', '/v1/live', '/openapi.json', '/health'])
        expect(await statusOf(url + path, headers), url + path).toBe(403);
  });

  it('another site may link to the dashboard but not embed it', async () => {
    const { dashboardUrl } = store.atel;
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect(await statusOf(dashboardUrl, { ...link, 'sec-fetch-dest': 'document' })).toBe(200);
    expect(await statusOf(dashboardUrl, { ...link, 'sec-fetch-dest': 'iframe' })).toBe(403);
    expect(await statusOf(dashboardUrl, { ...link, 'sec-fetch-dest': 'document', host: 'x.example' })).toBe(
      403,
    );
    const { headers } = await fetch(dashboardUrl);
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  });
});

describe('an answer about a window that has ended', () => {
  const ask = (path: string, tag?: string) =>
    fetch(store.atel.apiUrl + path, tag === undefined ? {} : { headers: { 'if-none-match': tag } });
  const tagOf = async (path: string) => (await ask(path)).headers.get('etag') ?? '';

  it('is not sent again while nothing was written to the tables that it was read from', async () => {
    for (const path of [`/v1/summary?${MARCH}`, `/v1/sessions?${MARCH}`, `/v1/analytics/tools?${MARCH}`]) {
      const again = await ask(path, await tagOf(path));
      expect([again.status, await again.text()], path).toEqual([304, '']);
    }
  });

  it('is sent again after a late row, and not after a row of a table that it does not read', async () => {
    const [cost, tools] = [`/v1/analytics/cost?${MARCH}`, `/v1/analytics/tools?${MARCH}`] as const;
    const [tagOfCost, tagOfTools] = [await tagOf(cost), await tagOf(tools)];
    const late = { timestamp: '2026-03-10 12:00:00.000', project: 'late-00000000', cost_usd: 5 };
    await store.atel.client.apiRequests.ingest([makeApiRequestRow(late)]);
    expect((await ask(tools, tagOfTools)).status).toBe(304);
    const again = await ask(cost, tagOfCost);
    expect(again.status).toBe(200);
    expect(JSON.stringify(await again.json())).toContain('late-00000000');
  });

  it.each([
    '/v1/summary',
    '/v1/sessions?days=3',
    `/v1/sessions/${session_id}`,
    '/v1/summary?from=2026-11-20',
  ])('%s is no such answer: it has no tag', async (path) => {
    const answer = await ask(path);
    expect([answer.status, answer.headers.get('etag')]).toEqual([200, null]);
  });

  it('has no tag where the request is refused', async () => {
    const answer = await ask(`/v1/analytics/trend?from=1980-01-01&to=2026-01-01&period=hourly`);
    expect([answer.status, answer.headers.get('etag')]).toEqual([400, null]);
  });
});

describe('GET /v1/live', () => {
  it('the stream reports new rows and ends when the server stops', async () => {
    const home = tempFolder();
    endsInBackground(home);
    const atel = await startAtel({ home });
    onTestFinished(() => atel.stop());
    const response = await fetch(`${atel.apiUrl}/v1/live`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let told = '';
    const heard = async (event: string) => {
      while (!told.includes(`event: ${event}\n`)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before ${event}: ${told}`);
        told += value;
      }
    };
    await heard('ready');
    expect(told).not.toContain('stored');
    const { reads } = JSON.parse(/data: (.*)/.exec(told)![1]!) as { reads: Record<string, string[]> };
    expect(reads['/v1/analytics/cost']).toContain('requests');
    expect(reads['/v1/analytics/tools']).toEqual(['telemetry_events']);
    await atel.client.apiRequests.ingest([makeApiRequestRow({})]);
    await heard('stored');
    const stored = JSON.parse(/event: stored\ndata: (.*)/.exec(told)![1]!) as { tables: string[] };
    // The row's own table, and those that views fill from it.
    const filled = [
      'copied_requests',
      'main_messages',
      'nameless_messages',
      'requests',
      'session_bounds',
      'side_questions',
      'unpriced_months',
    ];
    expect(stored.tables.sort()).toEqual(['api_requests', ...filled]);
    await atel.stop();
    while (!(await reader.read()).done);
  });
});
