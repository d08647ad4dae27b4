import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as z from 'zod/mini';
import packageJson from '../../package.json' with { type: 'json' };
import { errorSchema, healthSchema } from '../../src/api/openapi.js';
import * as routes from '../../src/api/routes/index.js';
import { groupNames } from '../../src/pipes/parts/group-names.js';
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

/** The same with its numbers rounded to twelve digits: the engine adds up in any order. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), (_, one: unknown) =>
    typeof one === 'number' ? Number(one.toPrecision(12)) : one,
  );

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
    'sessions',
    `/v1/sessions?${THAT_DAY}&min_cost_usd=0.05&max_cost_usd=0.3`,
    {
      sessions: (client) => client.sessionList.query({ ...day, min_cost_usd: 0.05, max_cost_usd: 0.3 }),
    },
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
    `/v1/analytics/cost?${THAT_DAY}&group_by=model`,
    { parts: (client) => client.costByModel.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=agent`,
    { parts: (client) => client.costByAgent.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=session_type`,
    { parts: (client) => client.costBySessionType.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=device`,
    { parts: (client) => client.costByDevice.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=user`,
    { parts: (client) => client.costByUser.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=skill`,
    { parts: (client) => client.costBySkill.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=project`,
    { parts: (client) => client.costByProject.query(day) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${MARCH}&group_by=branch`,
    { parts: (client) => client.costByBranch.query(march) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${MARCH}&group_by=commit`,
    { parts: (client) => client.costByCommit.query(march) },
  ],
  ['cost', `/v1/analytics/cost?${MARCH}&group_by=pr`, { parts: (client) => client.costByPr.query(march) }],
  [
    'cost',
    `/v1/analytics/cost?${MARCH}&group_by=task`,
    { parts: (client) => client.costByTask.query(march) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${MARCH}&group_by=feature`,
    { parts: (client) => client.costByFeature.query(march) },
  ],
  [
    'cost',
    `/v1/analytics/cost?${THAT_DAY}&group_by=tool`,
    { parts: (client) => client.costByTool.query(day) },
  ],
  [
    'outcomes',
    `/v1/outcomes?${MARCH}`,
    {
      outcomes: (client) => client.outcomes.query(march),
      delivery: (client) => client.delivery.query(march),
      efficiency: (client) => client.efficiency.query(march),
      checks: (client) => client.qualityRuns.query(march),
      total: (client) => client.usageBreakdown.query(march),
    },
  ],
  [
    'outcomes',
    `/v1/outcomes?${MARCH}&branch=main`,
    { outcomes: (client) => client.outcomes.query({ ...march, branch: 'main' }) },
  ],
  ['entities', `/v1/entities?${MARCH}`, { entities: (client) => client.entities.query(march) }],
  ['links', `/v1/entity-links?${MARCH}`, { links: (client) => client.entityLinks.query(march) }],
  [
    'correlation',
    `/v1/analytics/correlation?${MARCH}`,
    { correlation: (client) => client.correlation.query(march) },
  ],
  ['threads', `/v1/threads?${MARCH}`, { topology: (client) => client.threadTopology.query(march) }],
  ['prompts', `/v1/prompts?${MARCH}`, { prompts: (client) => client.promptEffectiveness.query(march) }],
  ['anomalies', `/v1/anomalies?${MARCH}`, { anomalies: (client) => client.anomalies.query(march) }],
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
  ['alerts', `/v1/alerts?${THAT_DAY}`, { alerts: (client) => client.alertList.query(day) }],
  ['alertHistory', `/v1/alerts/history?${THAT_DAY}`, { changes: (client) => client.alertHistory.query(day) }],
  [
    'totals',
    `/v1/analytics/overview?${THAT_DAY}&agent=main`,
    { metrics: (client) => client.usageTotals.query({ ...day, agent: 'main' }) },
  ],
  [
    'series',
    `/v1/analytics/series?${THAT_DAY}&group_by=model&metric=total_tokens&period=hourly&limit=1`,
    {
      points: (client) =>
        client.usageSeries.query({
          ...{ ...day, group_by: 'model', metric: 'total_tokens', period: 'hourly', limit: 1 },
        }),
    },
  ],
  [
    'breakdown',
    `/v1/analytics/breakdown?${THAT_DAY}&group_by=session&model_family=haiku`,
    {
      parts: (client) => client.usageBreakdown.query({ ...day, group_by: 'session', model_family: 'haiku' }),
    },
  ],
  [
    'agents',
    `/v1/agents?${THAT_DAY}`,
    {
      agents: (client) => client.agentUsageSummary.query(day),
      insights: (client) => client.optimizationInsights.query(day),
    },
  ],
  [
    'skills',
    `/v1/skills?${THAT_DAY}`,
    {
      skills: (client) => client.skillFrequency.query(day),
      unused: (client) => client.unusedSkills.query(day),
    },
  ],
  ['limits', `/v1/limits?${MARCH}`, { limits: (client) => client.limitWindows.query(march) }],
  ['hints', `/v1/hints?${MARCH}`, { hints: (client) => client.usageHints.query(march) }],
  [
    'checks',
    `/v1/checks?${MARCH}&group_by=branch&branch=main`,
    { checks: (client) => client.qualityRuns.query({ ...march, group_by: 'branch', branch: 'main' }) },
  ],
  [
    'tasks',
    `/v1/tasks?${MARCH}`,
    {
      metrics: (client) => client.taskSummary.query(march),
      phases: (client) => client.taskPhases.query(march),
      failures: (client) => client.taskFailures.query(march),
    },
  ],
  ['coverage', `/v1/coverage?${THAT_DAY}`, { coverage: (client) => client.coverage.query(day) }],
  ['tools', `/v1/analytics/tools?${THAT_DAY}`, { tools: (client) => client.toolUsage.query(day) }],
  [
    'tools',
    `/v1/analytics/tools?${THAT_DAY}&project=nowhere`,
    { tools: (client) => client.toolUsage.query({ ...day, project: 'nowhere' }) },
  ],
  [
    'reliability',
    `/v1/analytics/reliability?${THAT_DAY}`,
    { reliability: (client) => client.reliabilityMatrix.query(day) },
  ],
];

describe('the REST API', () => {
  it.each(asked)('%s: %s returns the rows of the pipes, as in its schema', async (route, path, pipes) => {
    const answer = routes[route].answer.parse(await get(path));
    for (const [field, rows] of Object.entries(pipes))
      expect(rounded(answer[field as keyof typeof answer])).toEqual(rounded(await rows(store.atel.client)));
  });

  it('the tests request every route', () => {
    expect([...new Set(asked.map(([route]) => route))].sort()).toEqual(Object.keys(routes).sort());
  });

  it('the overview has the rows of usage_overview', async () => {
    const { metrics, parts, tools } = routes.overview.answer.parse(await get(`/v1/overview?${THAT_DAY}`));
    expect([{ metrics, parts, tools }]).toEqual(await store.atel.client.usageOverview.query(day));
  });

  const pageSchema = z.looseObject({ next_cursor: z.nullable(z.string()) });

  /** The rows of all pages of a list, two at a time. */
  async function allPages(path: string, field: string): Promise<unknown[]> {
    const found: unknown[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: z.infer<typeof pageSchema> = pageSchema.parse(
        await get(`${path}&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`),
      );
      const rows = z.array(z.unknown()).parse(page[field]);
      expect(rows.length).toBeLessThanOrEqual(2);
      found.push(...rows);
      cursor = page.next_cursor;
    }
    return found;
  }

  it('paging through the tools returns each row once', async () => {
    const tools = await allPages(`/v1/analytics/tools?${THAT_DAY}`, 'tools');
    expect(tools).toEqual(await store.atel.client.toolUsage.query(day));
    expect(tools).toHaveLength(5);
  });

  it.each([
    ...['model', 'agent', 'skill', 'project', 'day', 'branch', 'commit', 'pr', 'task', 'feature', 'tool'],
    ...['session_type', 'device', 'user'],
  ])('paging through the costs by %s returns each row once', async (grouping) => {
    const path = `/v1/analytics/cost?${THAT_DAY}&group_by=${grouping}`;
    const { parts } = routes.cost.answer.parse(await get(path));
    expect(parts.length).toBeGreaterThan(0);
    expect(rounded(await allPages(path, 'parts'))).toEqual(rounded(parts));
  });

  it.each([
    ['/v1/analytics/breakdown', 'parts', '&group_by=agent'],
    ['/v1/analytics/breakdown', 'parts', '&group_by=session'],
    ['/v1/analytics/reliability', 'reliability', ''],
    ['/v1/analytics/correlation', 'correlation', ''],
    ['/v1/coverage', 'coverage', ''],
    ['/v1/entities', 'entities', ''],
    ['/v1/threads', 'topology', ''],
    ['/v1/prompts', 'prompts', ''],
  ])('paging through %s returns each row once (%s%s)', async (path, field, more) => {
    const whole = pageSchema.parse(await get(`${path}?${THAT_DAY}${more}`));
    const rows = z.array(z.unknown()).parse(whole[field]);
    expect(rows.length).toBeGreaterThan(2);
    expect(rounded(await allPages(`${path}?${THAT_DAY}${more}`, field))).toEqual(rounded(rows));
  });

  it('what is stored between two pages hides no part and shows none twice', async () => {
    const spend = (costs: Readonly<Record<string, number | null>>) =>
      store.atel.client.apiRequests.ingest(
        Object.entries(costs).map(([model, cost_usd]) =>
          makeApiRequestRow({ timestamp: '2021-02-03 12:00:00.000', model, cost_usd }),
        ),
      );
    const page = async (cursor: string | null) => {
      const after = cursor === null ? '' : `&cursor=${cursor}`;
      const { parts, next_cursor } = routes.breakdown.answer.parse(
        await get(`/v1/analytics/breakdown?from=2021-02-03&to=2021-02-04&group_by=model&limit=2${after}`),
      );
      return { models: parts.map(({ part }) => part), next_cursor };
    };
    await spend({ four: 4, 'three-a': 3, 'three-b': 3, one: 1, free: null });
    const first = await page(null);
    expect(first.models).toEqual(['four', 'three-a']);
    // By number of rows, the next page would begin with three-a again, and later with one twice.
    await spend({ nine: 9, 'three-0': 3, two: 2 });
    const second = await page(first.next_cursor);
    expect(second.models).toEqual(['three-b', 'two']);
    await spend({ eight: 8 });
    const third = await page(second.next_cursor);
    expect(third).toEqual({ models: ['one', 'free'], next_cursor: null });
    // A cursor is for one list alone.
    expect(
      await refused(
        `/v1/analytics/breakdown?from=2021-02-03&to=2021-02-04&group_by=agent&cursor=${first.next_cursor}`,
      ),
    ).toEqual([400, 'bad_request', 'cursor takes the next_cursor of the previous page']);
  });

  it.each([
    ['/api/analytics/overview', '/v1/analytics/overview'],
    ['/api/analytics/series', '/v1/analytics/series'],
    ['/api/analytics/breakdown', '/v1/analytics/breakdown'],
    ['/api/analytics/metrics', '/v1/summary'],
    ['/api/analytics/trends', '/v1/analytics/trend'],
  ])('%s answers the same as %s', async (alias, path) => {
    expect(await get(`${alias}?${THAT_DAY}`)).toEqual(await get(`${path}?${THAT_DAY}`));
  });

  it('a breakdown by each part, and a series of it, sum to the cost of the captured runs', async () => {
    for (const group of groupNames) {
      const { parts } = routes.breakdown.answer.parse(
        await get(`/v1/analytics/breakdown?${THAT_DAY}&group_by=${group}`),
      );
      expect(
        parts.reduce((sum, part) => sum + (part.total_cost_usd ?? NaN), 0),
        group,
      ).toBeCloseTo(0.5069675, 9);
      const { points } = routes.series.answer.parse(
        await get(`/v1/analytics/series?${THAT_DAY}&group_by=${group}&limit=2&period=hourly`),
      );
      expect(
        points.reduce((sum, { value }) => sum + (value ?? NaN), 0),
        group,
      ).toBeCloseTo(0.5069675, 9);
    }
  });

  it('an answer names the filters that were given', async () => {
    const { filters } = routes.totals.answer.parse(
      await get(`/v1/analytics/overview?${THAT_DAY}&skill=audit`),
    );
    const none = { model: null, model_family: null, agent: null, branch: null };
    const ofSession = { session: null, root_session: null, session_type: null, device: null, user: null };
    expect(filters).toEqual({ ...none, ...ofSession, skill: 'audit' });
  });

  it('a session in detail has the same figures as in the overview', async () => {
    const { session } = routes.session.answer.parse(await get(`/v1/sessions/${session_id}`));
    const [row] = await store.atel.client.sessionOverview.query({ session_id });
    expect(session).toEqual(row);
    expect(session).toMatchObject({ session_id, agents_used: 3, skills_used: 1, tool_failures: 1 });
  });

  it('cost by each of the groupings sums to the cost of the captured runs', async () => {
    for (const groupBy of ['model', 'agent', 'skill', 'project', 'day', 'device', 'user']) {
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

  it('sessions are sorted by cost, both ways, page by page; a cursor is for one order alone', async () => {
    const read = async (order: string) => {
      const found: (number | null)[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const after: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
        const page = routes.sessions.answer.parse(
          await get(`/v1/sessions?${THAT_DAY}&sort=cost&order=${order}&limit=1${after}`),
        );
        expect([page.sort, page.order]).toEqual(['cost', order]);
        found.push(...page.sessions.map((row) => row.total_cost_usd));
        if (page.next_cursor !== null)
          expect(await refused(`/v1/sessions?sort=tokens&cursor=${page.next_cursor}`)).toEqual([
            ...[400, 'bad_request'],
            'cursor takes the next_cursor of the previous page, with the same sort and order',
          ]);
        cursor = page.next_cursor;
      }
      return found;
    };
    const whole = await store.atel.client.sessionList.query(day);
    const costs = whole.map((row) => row.total_cost_usd ?? NaN).sort((one, other) => one - other);
    expect(costs).toHaveLength(4);
    expect(await read('asc')).toEqual(costs);
    expect(await read('desc')).toEqual(costs.reverse());
  });

  it('a trend has exactly the requests of the window that it names, also of a window by its length', async () => {
    const window = 'days=2&to=2026-11-20T12:00:00Z';
    for (const period of ['hourly', 'daily', 'weekly', 'monthly']) {
      const trend = await get(`/v1/analytics/trend?${window}&period=${period}`);
      const { periods, window: told } = routes.trend.answer.parse(trend);
      expect(told).toMatchObject({ from: '2026-11-18T12:00:00.000Z', to: '2026-11-20T12:00:00.000Z' });
      // Not one of these periods begins at 12:00, except hours.
      expect(periods[0]!.is_partial, period).toBe(period === 'hourly' ? 0 : 1);
    }
    const { metrics } = routes.summary.answer.parse(await get(`/v1/summary?${window}`));
    const { periods } = routes.trend.answer.parse(await get(`/v1/analytics/trend?${window}&period=monthly`));
    expect(periods.map((row) => row.request_count)).toEqual([
      metrics.find(({ metric }) => metric === 'requests')?.value,
    ]);
  });

  it('a window that begins before 1971 is answered, and named, from 1971 on', async () => {
    const { window, periods } = routes.trend.answer.parse(
      await get('/v1/analytics/trend?days=36500&period=monthly'),
    );
    expect([window.from, periods[0]!.period_start]).toEqual(['1971-01-01T00:00:00.000Z', '1971-01-01']);
  });

  it('a time zone may be written in any letters', async () => {
    const periods = async (timezone: string) =>
      routes.trend.answer.parse(await get(`/v1/analytics/trend?${THAT_DAY}&timezone=${timezone}`));
    expect(await periods('europe/berlin')).toEqual(await periods('Europe/Berlin'));
    expect((await periods('utc')).timezone).toBe('UTC');
  });

  it('a long answer is compressed for a client that takes it so', async () => {
    const answer = async (encoding: string) => {
      const sent = request(`${store.atel.apiUrl}/v1/sessions?${THAT_DAY}`, {
        headers: { 'accept-encoding': encoding },
      });
      sent.end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return { encoding: response.headers['content-encoding'], bytes: Buffer.concat(chunks) };
    };
    const [plain, packed] = [await answer('identity'), await answer('gzip')];
    expect([plain.encoding, packed.encoding]).toEqual([undefined, 'gzip']);
    expect(gunzipSync(new Uint8Array(packed.bytes)).equals(plain.bytes)).toBe(true);
    expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
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
      .object({
        openapi: z.string(),
        paths: z.record(z.string(), z.record(z.string(), z.unknown())),
        components: z.object({
          schemas: z.record(
            z.string(),
            z.object({ properties: z._default(z.record(z.string(), z.unknown()), {}) }),
          ),
        }),
      })
      .parse(await get('/openapi.json'));
    expect(described.openapi).toBe('3.1.0');
    const paths = Object.values(routes).map(({ path }) => path.replace(':id', '{id}'));
    const others = ['/health', '/metrics', '/v1/live', '/v1/alerts/{rule}'];
    expect(Object.keys(described.paths).sort()).toEqual([...others, ...paths].sort());
    const sessions = JSON.stringify(described.paths['/v1/sessions']);
    const [row] = await store.atel.client.sessionList.query({ ...day, limit: 1 });
    expect(sessions).toContain('"$ref":"#/components/schemas/SessionListRows"');
    expect(Object.keys(described.components.schemas.SessionListRow!.properties)).toEqual(Object.keys(row!));
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
    ['/v1/sessions?min_cost_usd=-1', 'min_cost_usd takes an amount in USD such as 0.5 or 12, not "-1"'],
    ['/v1/sessions?status=open', 'status takes active, ended, abandoned, not "open"'],
    ['/v1/sessions?cursor=zzzzzzzzzzzzzzzz', 'cursor takes the next_cursor of the previous page'],
    [`/v1/sessions/${session_id}?days=1`, 'unknown parameter "days"; there are none here'],
    [
      '/v1/analytics/cost?group_by=planet',
      'group_by takes model, agent, skill, project, day, branch, commit, pr, task, feature, tool, session_type, device, user, not "planet"',
    ],
    [
      '/v1/analytics/cost?groupBy=planet',
      'groupBy takes model, agent, skill, project, day, branch, commit, pr, task, feature, tool, session_type, device, user, not "planet"',
    ],
    ['/v1/analytics/cost?groupBy=day&group_by=model', 'group_by and groupBy are the same: give one of them'],
    ['/v1/sessions?limit=0x10', 'limit takes a whole number from 1 to 1000, not "0x10"'],
    ['/v1/sessions?limit=1e2', 'limit takes a whole number from 1 to 1000, not "1e2"'],
    ['/v1/sessions?limit=%201', 'limit takes a whole number from 1 to 1000, not " 1"'],
    ['/v1/summary?from=2026-11-01T09:30:00+02:00', 'write the + of a time zone as %2B'],
    ['/v1/analytics/trend?timezone=%2B02:00', 'timezone takes a time zone such as UTC'],
    ['/v1/analytics/trend?period=hourly&days=36500', 'a trend has at most 5,000 periods: ask for a shorter'],
    ['/v1/overview?period=hourly&days=36500', 'a trend has at most 5,000 periods: ask for a shorter'],
    ['/v1/analytics/series?metric=joy', 'metric takes cost_usd, requests, unpriced_requests, sessions'],
    [
      '/v1/analytics/series?group_by=day',
      'group_by takes model, model_family, agent, skill, project, branch',
    ],
    ['/v1/analytics/series?period=hourly&days=200&group_by=model', 'a series has at most 20,000 points'],
    ['/v1/analytics/breakdown?agent=', 'agent takes a type of agent'],
    ['/v1/analytics/tools?limit=1001', 'limit takes a whole number from 1 to 1000'],
    ['/v1/analytics/tools?cursor=x', 'cursor takes the next_cursor of the previous page'],
    ['/v1/analytics/trend?timezone=Nowhere', 'timezone takes a time zone such as UTC'],
  ])('%s is a bad request', async (path, message) => {
    expect(await refused(path)).toEqual([400, 'bad_request', expect.stringContaining(message)]);
  });
});

describe('requests with another method', () => {
  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    '%s is refused, with the methods that are not',
    async (method) => {
      for (const url of [store.atel.apiUrl, store.atel.dashboardUrl])
        for (const path of [
          '/v1/summary',
          `/v1/sessions/${session_id}`,
          '/v1/live',
          '/health',
          '/openapi.json',
        ]) {
          const answer = await fetch(url + path, { method });
          expect([answer.status, answer.headers.get('allow')], url + path).toEqual([405, 'GET, HEAD']);
          const { error } = errorSchema.parse(await answer.json());
          expect(error).toEqual({
            kind: 'method_not_allowed',
            message: `${path} takes only GET and HEAD, not ${method}`,
          });
        }
      expect((await fetch(`${store.atel.dashboardUrl}/sessions`, { method })).status).toBe(405);
      expect((await fetch(`${store.atel.apiUrl}/v1/nothing`, { method })).status).toBe(404);
    },
  );

  it('HEAD is answered like GET, without the body', async () => {
    const answer = await fetch(`${store.atel.apiUrl}/v1/summary?${THAT_DAY}`, { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toContain('application/json');
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

  it('a refused request gets the headers of every other answer', async () => {
    const { headers } = await fetch(`${store.atel.apiUrl}/v1/summary`, {
      headers: { origin: 'http://evil.example' },
    });
    expect([headers.get('cache-control'), headers.get('x-content-type-options')]).toEqual([
      'no-store',
      'nosniff',
    ]);
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
    expect(told).toContain('retry: 2000\n');
    expect(told).toContain('"missed":null');
    const lastId = /^id: (.+)$/m.exec(told)![1]!;
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
    const again = await fetch(`${atel.apiUrl}/v1/live`, { headers: { 'last-event-id': lastId } });
    const { value: greeting = '' } = await again
      .body!.pipeThrough(new TextDecoderStream())
      .getReader()
      .read();
    const { missed } = JSON.parse(/data: (.*)/.exec(greeting)![1]!) as { missed: string[] };
    expect(missed.sort()).toEqual(stored.tables);
    await atel.stop();
    while (!(await reader.read()).done);
  });
});
