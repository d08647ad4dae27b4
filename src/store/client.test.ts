import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { delay, http, HttpResponse, passthrough, type JsonBodyType } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { createTinybirdClient } from './client.js';
import type { CallOptions, IngestOutcome, QuestionParams } from './client-types.js';
import type { costByModel, sessionOverview, skillFrequency, SkillActivationRow } from '../catalogue.js';
import { StoreError } from './store-error.js';

const BASE = 'http://tinybird.test:7181';
const EVENTS = `${BASE}/v0/events`;
const COSTS = `${BASE}/v0/pipes/cost_by_model.json`;

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const client = createTinybirdClient({ baseUrl: BASE, token: { append: 'p.append', read: 'p.read' } });

const activation: SkillActivationRow = {
  event_id: 'e1',
  timestamp: '2026-11-20 10:00:00.000',
  session_id: 's1',
  project: 'shop',
  source: 'hook',
  origin: 'live',
  device: 'd1',
  privacy_tier: 1,
  schema_version: 1,
  prompt_id: '',
  agent_id: '',
  agent_type: '',
  skill_name: 'deploy',
  model: '',
  trigger: 'model',
  tool_use_id: 't1',
  duration_ms: null,
  success: true,
  error_class: '',
  version: 2,
};

/** Records the requests to one address and gives each the same answer. */
function listenTo(method: 'get' | 'post', address: string, answer: JsonBodyType): Request[] {
  const seen: Request[] = [];
  server.use(
    http[method](address, ({ request }) => {
      seen.push(request.clone());
      return HttpResponse.json(answer);
    }),
  );
  return seen;
}

/** The StoreError of a failed call. */
async function failureOf(call: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`not a StoreError: ${String(error)}`, { cause: error });
  return error;
}

describe('append', () => {
  const FILES = `${BASE}/v0/datasources`;
  const file = Buffer.from('PAR1 \r\n\r\n--x\r\n PAR1');

  it('append sends the file as the Data Sources API documents it, with the append token', async () => {
    const [request, answer] = await asked({ successful_rows: 2, quarantined_rows: 1 });
    expect(answer).toEqual({ successful_rows: 2, quarantined_rows: 1 });
    const { origin, pathname, searchParams } = new URL(request.url);
    expect(origin + pathname).toBe(FILES);
    expect(Object.fromEntries(searchParams)).toMatchObject({
      name: 'api_requests',
      mode: 'append',
      format: 'parquet',
    });
    expect(request.headers.get('authorization')).toBe('Bearer p.append');
    const [, boundary = ''] =
      /^multipart\/form-data; boundary=([\w-]+)$/.exec(request.headers.get('content-type') ?? '') ?? [];
    expect((await request.text()).split(`--${boundary}`)).toEqual([
      '',
      `\r\nContent-Disposition: form-data; name="parquet"; filename="rows.parquet"\r\nContent-Type: application/octet-stream\r\n\r\n${file.toString()}\r\n`,
      '--\r\n',
    ]);
  });

  async function asked(answer: JsonBodyType) {
    const seen = listenTo('post', FILES, answer);
    const outcome = await client.append('api_requests', file);
    return [seen[0]!, outcome] as const;
  }

  it('append accepts an answer that counts only the rows that were not stored', async () => {
    const [, outcome] = await asked({ import_id: 'i', quarantine_rows: 2, invalid_lines: 1, error: false });
    expect(outcome).toEqual({ successful_rows: null, quarantined_rows: 3 });
  });

  it('append does not take any other answer for success', async () => {
    await expect(asked({ job: { id: 'j' } })).rejects.toMatchObject({ kind: 'bad_response', status: 200 });
    await expect(asked(null)).rejects.toMatchObject({ kind: 'bad_response' });
  });
});

describe('ingest', () => {
  it('ingest posts one JSON line per row with the append token, and waits until they are stored', async () => {
    const seen = listenTo('post', EVENTS, { successful_rows: 2, quarantined_rows: 0 });
    const second = { ...activation, event_id: 'e2' };

    await expect(client.skillActivations.ingest([activation, second])).resolves.toEqual({
      successful_rows: 2,
      quarantined_rows: 0,
    });

    expect(seen).toHaveLength(1);
    const [request] = seen;
    const { searchParams } = new URL(request!.url);
    expect(searchParams.get('name')).toBe('skill_activations');
    expect(searchParams.get('wait')).toBe('true');
    expect(request!.headers.get('authorization')).toBe('Bearer p.append');
    expect(request!.headers.get('content-type')).toBe('application/x-ndjson');
    const lines = (await request!.text()).split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([activation, second]);
  });

  it('ingest also finds a table by its wire name', async () => {
    const seen = listenTo('post', EVENTS, { successful_rows: 1, quarantined_rows: 0 });
    await client.ingest('telemetry_events', [{ event_id: 'e1' }]);
    expect(new URL(seen[0]!.url).searchParams.get('name')).toBe('telemetry_events');
    expect(await seen[0]!.text()).toBe('{"event_id":"e1"}');
  });

  it.each([
    ['agentActivations', 'agent_activations'],
    ['apiRequests', 'api_requests'],
    ['sessionSummaries', 'session_summaries'],
    ['skillActivations', 'skill_activations'],
    ['telemetryEvents', 'telemetry_events'],
  ] as const)('ingest sends %s to the table %s', async (accessor, table) => {
    const seen = listenTo('post', EVENTS, { successful_rows: 1, quarantined_rows: 0 });
    const ingest = client[accessor].ingest as (rows: object[]) => Promise<IngestOutcome>;
    await ingest([{ event_id: 'e1' }]);
    expect(new URL(seen[0]!.url).searchParams.get('name')).toBe(table);
  });

  it('ingest returns the number of quarantined rows', async () => {
    listenTo('post', EVENTS, { successful_rows: 3, quarantined_rows: 2 });
    await expect(client.skillActivations.ingest([activation])).resolves.toEqual({
      successful_rows: 3,
      quarantined_rows: 2,
    });
  });

  it.each<[string, JsonBodyType]>([
    ['an empty object', {}],
    ['one count of two', { successful_rows: 1 }],
    ['a count that is no number', { successful_rows: '1', quarantined_rows: 0 }],
    ['null', null],
  ])('ingest takes a 2xx with %s for a bad answer, not for success', async (_, answer) => {
    listenTo('post', EVENTS, answer);
    const error = await failureOf(client.skillActivations.ingest([activation]));
    expect(error).toMatchObject({ kind: 'bad_response', status: 200, retryAfterMs: null });
    expect(error.message).toBe(`${EVENTS} answered without row counts`);
  });

  it('a mistake of the caller, such as a Date in a row, is thrown unchanged and not reported as an outage', async () => {
    const call = client.ingest('telemetry_events', [{ timestamp: new Date(0) }]);
    await expect(call).rejects.toThrow('Date values are not supported');
    await expect(call).rejects.not.toBeInstanceOf(StoreError);
  });

  it('a failed call is not retried: one call makes one request', async () => {
    let requests = 0;
    server.use(
      http.post(EVENTS, () => {
        requests += 1;
        return new HttpResponse(null, { status: 503, headers: { 'retry-after': '0' } });
      }),
    );
    await failureOf(client.skillActivations.ingest([activation]));
    expect(requests).toBe(1);
  });
});

describe('query', () => {
  const row = { model: 'claude-opus-4-8', requests: 2 };

  it('query asks the pipe with the read token and returns its rows', async () => {
    const seen = listenTo('get', COSTS, { meta: [], data: [row], rows: 1 });
    await expect(client.costByModel.query({ days: 30, project: 'shop & co' })).resolves.toEqual([row]);
    const { searchParams } = new URL(seen[0]!.url);
    expect(searchParams.get('days')).toBe('30');
    expect(searchParams.get('project')).toBe('shop & co');
    expect(seen[0]!.headers.get('authorization')).toBe('Bearer p.read');
  });

  it('query sends a Date bound as UTC, under the wire name', async () => {
    const seen = listenTo('get', COSTS, { data: [] });
    await client.costByModel.query({
      from: new Date('2026-11-20T23:30:00.250-02:00'),
      to: new Date('2026-11-21T02:00:00Z'),
    });
    const { searchParams } = new URL(seen[0]!.url);
    expect(searchParams.get('date_from')).toBe('2026-11-21 01:30:00.250');
    expect(searchParams.get('date_to')).toBe('2026-11-21 02:00:00.000');
    // The SDK adds its own parameter `from` to each request; our bound must not collide with it.
    expect(searchParams.getAll('from')).toEqual(['ts-sdk']);
    expect(searchParams.has('to')).toBe(false);
  });

  it('query sends a text bound unchanged and leaves out parameters that are not set', async () => {
    const seen = listenTo('get', COSTS, { data: [] });
    await client.costByModel.query({ from: '2026-11-20 00:00:00' });
    const { searchParams } = new URL(seen[0]!.url);
    expect(searchParams.get('date_from')).toBe('2026-11-20 00:00:00');
    expect([...searchParams.keys()].sort()).toEqual(['date_from', 'from']);
  });

  it('query sends the accepted age of an answer only if the caller gives one', async () => {
    const seen = listenTo('get', COSTS, { data: [] });
    await client.costByModel.query({}, { maxAgeSeconds: 30 });
    await client.costByModel.query();
    expect(seen.map(({ headers }) => headers.get('cache-control'))).toEqual(['max-age=30', null]);
    expect(seen[0]!.headers.get('authorization')).toBe('Bearer p.read');
  });

  it('query works without parameters', async () => {
    listenTo('get', COSTS, { data: [row] });
    await expect(client.costByModel.query()).resolves.toEqual([row]);
  });

  it.each([
    ['agentUsageSummary', 'agent_usage_summary'],
    ['costByModel', 'cost_by_model'],
    ['optimizationInsights', 'optimization_insights'],
    ['sessionOverview', 'session_overview'],
    ['skillFrequency', 'skill_frequency'],
    ['usageContext', 'usage_context'],
  ] as const)('query asks %s of the pipe %s', async (accessor, pipe) => {
    const seen = listenTo('get', `${BASE}/v0/pipes/${pipe}.json`, { data: [] });
    await client[accessor].query();
    expect(seen).toHaveLength(1);
  });

  it.each<[string, JsonBodyType]>([
    ['no data', { rows: 0 }],
    ['null', null],
  ])('query takes a 2xx with %s for a bad answer, not for an empty one', async (_, answer) => {
    listenTo('get', COSTS, answer);
    const error = await failureOf(client.costByModel.query());
    expect(error).toMatchObject({ kind: 'bad_response', status: 200 });
    expect(error.message).toBe(`${COSTS} answered without rows`);
  });
});

describe('sql', () => {
  it('sql sends the statement with the read token and returns its rows', async () => {
    const seen = listenTo('post', `${BASE}/v0/sql`, { data: [{ one: 1 }] });
    await expect(client.sql('SELECT 1 AS one FORMAT JSON')).resolves.toEqual([{ one: 1 }]);
    expect(await seen[0]!.text()).toBe('SELECT 1 AS one FORMAT JSON');
    expect(seen[0]!.headers.get('authorization')).toBe('Bearer p.read');
  });

  it('sql can use the append token', async () => {
    const seen = listenTo('post', `${BASE}/v0/sql`, { data: [] });
    await client.sql('SELECT 1', { token: 'append' });
    expect(seen[0]!.headers.get('authorization')).toBe('Bearer p.append');
  });

  it('sql returns a number that JavaScript cannot hold as a string of its digits', async () => {
    server.use(
      http.post(`${BASE}/v0/sql`, () => HttpResponse.text('{"data":[{"n":9007199254740993,"one":1}]}')),
    );
    await expect(client.sql('SELECT 1')).resolves.toEqual([{ n: '9007199254740993', one: 1 }]);
  });
});

describe('a failed call', () => {
  const calls = {
    ingest: (of = client, limits?: CallOptions) => of.skillActivations.ingest([activation], limits),
    append: (of = client, limits?: CallOptions) => of.append('api_requests', Buffer.from('PAR1'), limits),
    query: (of = client, limits?: CallOptions) => of.costByModel.query({ project: 'secret-project' }, limits),
    sql: (of = client, limits?: CallOptions) => of.sql('SELECT 1', limits),
  };
  const roads = { ingest: EVENTS, append: `${BASE}/v0/datasources`, query: COSTS, sql: `${BASE}/v0/sql` };
  /** Gives every endpoint the same answer. */
  const answer = (respond: () => Response | Promise<Response>) =>
    server.use(
      http.get(COSTS, respond),
      ...[roads.ingest, roads.append, roads.sql].map((road) => http.post(road, respond)),
    );

  describe.each(['ingest', 'append', 'query', 'sql'] as const)('%s', (name) => {
    const where = roads[name];

    it.each([
      [400, 'rejected'],
      [401, 'unauthorized'],
      [403, 'unauthorized'],
      [404, 'not_found'],
      [413, 'rejected'],
      [422, 'rejected'],
      [429, 'rate_limited'],
      [500, 'unavailable'],
      [502, 'unavailable'],
      [503, 'unavailable'],
    ])('status %i is the error %s, with the message of the store and the address', async (status, kind) => {
      answer(() => HttpResponse.json({ error: 'said by the store' }, { status }));
      const error = await failureOf(calls[name]());
      expect(error).toMatchObject({ name: 'StoreError', kind, status, retryAfterMs: null });
      expect(error.message).toBe(`${where} answered ${status}: said by the store`);
    });

    it('only the start of a long error page is repeated', async () => {
      answer(() => new HttpResponse(`<html>${'x'.repeat(10_000)}`, { status: 502 }));
      const error = await failureOf(calls[name]());
      expect(error).toMatchObject({ kind: 'unavailable', status: 502 });
      expect(error.message).toContain(`${where} answered 502`);
      expect(error.message.length).toBeLessThan(700);
    });

    it('Retry-After is read in seconds', async () => {
      answer(() => new HttpResponse('slow down', { status: 429, headers: { 'retry-after': '7' } }));
      expect(await failureOf(calls[name]())).toMatchObject({
        kind: 'rate_limited',
        status: 429,
        retryAfterMs: 7_000,
      });
    });

    it('Retry-After is read as a date', async () => {
      const inAnHour = new Date(Date.now() + 3600_000).toUTCString();
      answer(() => new HttpResponse('down', { status: 503, headers: { 'retry-after': inAnHour } }));
      const { retryAfterMs } = await failureOf(calls[name]());
      // The header has whole seconds, and some time has passed since it was made.
      expect(retryAfterMs).toBeLessThanOrEqual(3600_000);
      expect(retryAfterMs).toBeGreaterThan(3500_000);
    });

    it('an answer that is not JSON is reported with its address and status', async () => {
      answer(() => new HttpResponse('<html>hello', { status: 202 }));
      const error = await failureOf(calls[name]());
      expect(error).toMatchObject({ kind: 'bad_response', status: 202, retryAfterMs: null });
      expect(error.message).toBe(`${where} answered something that is not JSON`);
    });

    it('a call ends at its deadline', async () => {
      answer(async () => {
        await delay('infinite');
        return new HttpResponse();
      });
      const impatient = createTinybirdClient({ baseUrl: BASE, token: 't', timeoutMs: 20 });
      const error = await failureOf(calls[name](impatient));
      expect(error).toMatchObject({ kind: 'timeout', status: null, retryAfterMs: null });
      expect(error.message).toBe(`${where} did not answer within 20 ms`);
    });

    it('the deadline of a call wins over that of the client', async () => {
      answer(async () => {
        await delay('infinite');
        return new HttpResponse();
      });
      expect((await failureOf(calls[name](client, { timeoutMs: 15 }))).message).toContain('within 15 ms');
    });

    it('a broken connection is reported with the message of the socket', async () => {
      answer(() => HttpResponse.error());
      const error = await failureOf(calls[name]());
      expect(error).toMatchObject({ kind: 'network', status: null, retryAfterMs: null });
      expect(error.message.startsWith(`${where} cannot be reached: `)).toBe(true);
    });

    it('the parameters of a query are left out of the error message', async () => {
      answer(() => new HttpResponse('no', { status: 500 }));
      expect((await failureOf(calls[name]())).message).not.toContain('secret-project');
    });
  });

  it('a refused connection is reported as such', async () => {
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, 'close');
    server.use(http.post(`http://127.0.0.1:${port}/v0/events`, () => passthrough()));

    const lost = createTinybirdClient({ baseUrl: `http://127.0.0.1:${port}`, token: 't' });
    const error = await failureOf(lost.skillActivations.ingest([activation]));
    expect(error).toMatchObject({ kind: 'network', status: null });
    expect(error.message).toBe(
      `http://127.0.0.1:${port}/v0/events cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
    );
  });

  it('an answer that breaks off is a network error, not a success', async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.error(new TypeError('terminated')),
    });
    const cut = createTinybirdClient({
      baseUrl: BASE,
      token: 't',
      fetch: () => Promise.resolve(new Response(broken, { status: 200 })),
    });
    expect(await failureOf(cut.costByModel.query())).toMatchObject({ kind: 'network', status: 200 });
  });
});

describe('a fetch of your own', () => {
  it('a given fetch replaces the global one', async () => {
    const asked: string[] = [];
    const own: typeof fetch = (input) => {
      asked.push(input as string);
      return Promise.resolve(Response.json({ successful_rows: 1, quarantined_rows: 0 }));
    };
    // msw would fail the test if a request used the global fetch.
    const other = createTinybirdClient({ baseUrl: BASE, token: 'one-for-all', fetch: own });
    await other.skillActivations.ingest([activation]);
    expect(asked.map((address) => new URL(address).pathname)).toEqual(['/v0/events']);
  });

  it('a single token is used to append and to read', async () => {
    const shown: (string | null)[] = [];
    const own: typeof fetch = (_, init) => {
      shown.push(new Headers(init?.headers).get('authorization'));
      return Promise.resolve(Response.json({ successful_rows: 1, quarantined_rows: 0, data: [] }));
    };
    const other = createTinybirdClient({ baseUrl: BASE, token: 'one-for-all', fetch: own });
    await other.skillActivations.ingest([activation]);
    await other.costByModel.query();
    expect(shown).toEqual(['Bearer one-for-all', 'Bearer one-for-all']);
  });
});

describe('types', () => {
  it('rows have the columns of their table', () => {
    type Row = Parameters<typeof client.skillActivations.ingest>[0][number];
    expectTypeOf<Row>().toEqualTypeOf<SkillActivationRow>();
    expectTypeOf<Row['skill_name']>().toEqualTypeOf<string>();
    expectTypeOf<Row['success']>().toEqualTypeOf<boolean | null>();
    expectTypeOf<Row>().not.toHaveProperty('no_such_column');
    // @ts-expect-error a column of another type
    expectTypeOf(client.skillActivations.ingest).toBeCallableWith([{ ...activation, success: 'yes' }]);
    // @ts-expect-error a missing column
    expectTypeOf(client.skillActivations.ingest).toBeCallableWith([{ event_id: 'e1' }]);
  });

  it('queries have the parameters of their pipe, and the bounds as `from` and `to`', () => {
    type Params = NonNullable<Parameters<typeof client.skillFrequency.query>[0]>;
    expectTypeOf<Params>().toEqualTypeOf<QuestionParams<typeof skillFrequency>>();
    expectTypeOf<Params['days']>().toEqualTypeOf<number | undefined>();
    expectTypeOf<Params['project']>().toEqualTypeOf<string | undefined>();
    expectTypeOf<Params['from']>().toEqualTypeOf<Date | string | undefined>();
    expectTypeOf<Params>().not.toHaveProperty('date_from');
    // @ts-expect-error days is a number
    expectTypeOf(client.skillFrequency.query).toBeCallableWith({ days: '7' });
    // @ts-expect-error no such parameter
    expectTypeOf(client.skillFrequency.query).toBeCallableWith({ weeks: 1 });
  });

  it('answers have the columns of their pipe', () => {
    type Answer = Awaited<ReturnType<typeof client.skillFrequency.query>>[number];
    expectTypeOf<Answer['skill_name']>().toEqualTypeOf<string>();
    expectTypeOf<Answer['success_rate']>().toEqualTypeOf<number | null>();
    expectTypeOf<Answer>().not.toHaveProperty('no_such_column');

    type Context = Awaited<ReturnType<typeof client.usageContext.query>>[number];
    expectTypeOf<Context['top_models']>().toEqualTypeOf<[string, number | null][]>();

    type Costs = Awaited<ReturnType<typeof client.costByModel.query>>[number];
    expectTypeOf<Costs>().not.toEqualTypeOf<Answer>();
    expectTypeOf<QuestionParams<typeof costByModel>>().not.toBeNever();
    expectTypeOf<QuestionParams<typeof sessionOverview>>().not.toBeNever();
  });

  it('a table that a view fills has no ingest', () => {
    expectTypeOf(client).not.toHaveProperty('requests');
  });
});
