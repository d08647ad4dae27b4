import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeSessionSummaryRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('cost_by_model', () => {
  it('tokens and list price are summed by model, most expensive first; unpriced requests are counted', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        cost_usd: 0.02,
        input_tokens: 1,
        output_tokens: 2,
        cache_read_tokens: 3,
        cache_creation_tokens: 4,
      }),
      makeApiRequestRow({
        cost_usd: 0.03,
        input_tokens: 10,
        output_tokens: 20,
        cache_read_tokens: 30,
        cache_creation_tokens: 40,
      }),
      makeApiRequestRow({ model: 'claude-haiku-4-5', cost_usd: 0.001 }),
      makeApiRequestRow({ model: 'claude-unheard-of', cost_usd: null }),
      makeApiRequestRow({ model: 'claude-unheard-of', cost_usd: null }),
    ]);
    const rows = await store.client.costByModel.query(march);
    expect(rows.map(({ model }) => model)).toEqual([
      'claude-opus-4-8',
      'claude-haiku-4-5',
      'claude-unheard-of',
    ]);
    expect(rows[0]).toEqual({
      model: 'claude-opus-4-8',
      total_input: 11,
      total_output: 22,
      total_cache_read: 33,
      total_cache_creation: 44,
      total_tokens: 110,
      total_cost_usd: 0.05,
      request_count: 2,
      unpriced_requests: 0,
      learnt_requests: 0,
      total_reported_cost_usd: null,
      unpriced_reported_cost_usd: null,
    });
    expect(rows[2]).toMatchObject({ total_cost_usd: null, request_count: 2, unpriced_requests: 2 });
  });

  it('the window includes its first moment and excludes its last', async () => {
    await store.client.apiRequests.ingest(
      [
        '2026-03-09 23:59:59.999',
        '2026-03-10 00:00:00.000',
        '2026-03-10 23:59:59.999',
        '2026-03-11 00:00:00.000',
      ].map((timestamp) => makeApiRequestRow({ timestamp })),
    );
    const count = async (from: string | Date, to: string | Date) =>
      (await store.client.costByModel.query({ from, to }))[0]?.request_count;
    expect(await count('2026-03-10 00:00:00', '2026-03-11 00:00:00')).toBe(2);
    expect(await count(new Date('2026-03-09T00:00:00Z'), new Date('2026-03-11T00:00:00Z'))).toBe(3);
  });

  it('the window can be a number of days, by default seven', async () => {
    const daysAgo = (days: number) =>
      new Date(Date.now() - days * 86_400_000).toISOString().replace('T', ' ').replace('Z', '');
    await store.client.apiRequests.ingest(
      [6.9, 7.1, 29.9].map((days) => makeApiRequestRow({ timestamp: daysAgo(days) })),
    );
    expect((await store.client.costByModel.query())[0]?.request_count).toBe(1);
    expect((await store.client.costByModel.query({ days: 8 }))[0]?.request_count).toBe(2);
    expect((await store.client.costByModel.query({ days: 30 }))[0]?.request_count).toBe(3);
    // A window that ends in the past has the same length: from 37 to 7 days ago, and from 14 to 7.
    const to = daysAgo(7);
    expect((await store.client.costByModel.query({ days: 30, to }))[0]?.request_count).toBe(2);
    expect((await store.client.costByModel.query({ to }))[0]?.request_count).toBe(1);
  });

  it('the result can be limited to a project', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow(),
      makeApiRequestRow({ project: 'other-00000002' }),
    ]);
    expect(
      (await store.client.costByModel.query({ ...march, project: 'other-00000002' }))[0]?.request_count,
    ).toBe(1);
    expect(await store.client.costByModel.query({ ...march, project: "x' OR '1'='1" })).toEqual([]);
  });
});

describe('the breakdowns', () => {
  const fill = () =>
    store.client.apiRequests.ingest([
      makeApiRequestRow({ cost_usd: 1, skill_name: 'review', project: 'shop-1' }),
      makeApiRequestRow({ cost_usd: 2, timestamp: '2026-03-03 00:00:00.000', project: 'shop-1' }),
      makeApiRequestRow({
        cost_usd: 4,
        agent_id: 'a',
        agent_type: 'Explore',
        is_sidechain: 1,
        project: 'till-2',
      }),
      makeApiRequestRow({ cost_usd: 8, agent_id: 'b', agent_type: '', is_sidechain: 1, project: 'till-2' }),
      makeApiRequestRow({ cost_usd: 16, session_id: 'fork', is_copy: 1 }),
      makeApiRequestRow({ cost_usd: null, model: 'claude-unheard-of', project: 'till-2' }),
    ]);

  it('every request is in exactly one row; what belongs to nothing is unattributed', async () => {
    await fill();
    const costs = (rows: { total_cost_usd: number | null }[], name: string) =>
      rows.map((row) => [(row as Record<string, unknown>)[name], row.total_cost_usd]);
    expect(costs(await store.client.costByAgent.query(march), 'agent_type')).toEqual([
      ['main', 19],
      ['unattributed', 8],
      ['Explore', 4],
    ]);
    expect(costs(await store.client.costBySkill.query(march), 'skill_name')).toEqual([
      ['unattributed', 30],
      ['review', 1],
    ]);
    expect(costs(await store.client.costByProject.query(march), 'project_name')).toEqual([
      ['unattributed', 16],
      ['till-2', 12],
      ['shop-1', 3],
    ]);
    expect(costs(await store.client.costByDay.query(march), 'day')).toEqual([
      ['2026-03-02', 29],
      ['2026-03-03', 2],
    ]);
  });

  it('every breakdown sums to the same total', async () => {
    await fill();
    const { costByAgent, costByDay, costByModel, costByProject, costBySkill } = store.client;
    for (const question of [costByAgent, costByDay, costByModel, costByProject, costBySkill]) {
      const rows = await question.query(march);
      const sum = (of: (row: (typeof rows)[number]) => number) =>
        rows.reduce((total, row) => total + of(row), 0);
      expect(sum(({ total_cost_usd }) => total_cost_usd ?? 0)).toBe(31);
      expect(sum(({ request_count }) => request_count)).toBe(6);
      expect(sum(({ total_tokens }) => total_tokens)).toBe(6_000);
      expect(sum(({ unpriced_requests }) => unpriced_requests)).toBe(1);
    }
  });
});

describe('cost_by_session_type and cost_by_device', () => {
  it('a request is in the row of its session, whichever machine sent it; the rest is unknown', async () => {
    const session = (session_id: string, session_type: string, device: string, version = 1) =>
      makeSessionSummaryRow({ session_id, session_type, device, version });
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ cost_usd: 1, session_id: 'typed', device: 'desk' }),
      // Its history was copied to another machine, which sent the same request again.
      makeApiRequestRow({ cost_usd: 1, session_id: 'typed', device: 'lap', request_key: 'same' }),
      makeApiRequestRow({ cost_usd: 1, session_id: 'typed', device: 'desk', request_key: 'same' }),
      makeApiRequestRow({ cost_usd: 4, session_id: 'printed' }),
      makeApiRequestRow({ cost_usd: 8, session_id: 'older client' }),
      makeApiRequestRow({ cost_usd: 15, session_id: 'without a summary', device: 'desk', source: 'otel' }),
      makeApiRequestRow({ cost_usd: 1, session_id: '', device: 'lap', source: 'otel' }),
      makeApiRequestRow({ cost_usd: null, session_id: 'printed', model: 'claude-unheard-of' }),
    ]);
    await store.client.sessionSummaries.ingest([
      session('typed', '', 'lap', 1),
      session('typed', 'interactive', 'desk', 2),
      session('printed', 'print', 'lap'),
      session('older client', '', 'lap'),
    ]);
    const types = await store.client.costBySessionType.query(march);
    expect(
      types.map((row) => [row.session_type, row.total_cost_usd, row.sessions, row.request_count]),
    ).toEqual([
      ['unknown', 24, 2, 3],
      ['print', 4, 1, 2],
      ['interactive', 2, 1, 2],
    ]);
    const devices = await store.client.costByDevice.query(march);
    expect(devices.map((row) => [row.device, row.total_cost_usd, row.sessions, row.request_count])).toEqual([
      ['desk', 17, 2, 3],
      ['lap', 12, 2, 3],
      ['unknown', 1, 0, 1],
    ]);
    const models = await store.client.costByModel.query(march);
    for (const rows of [types, devices, models]) {
      expect(rows.reduce((sum, row) => sum + (row.total_cost_usd ?? 0), 0)).toBe(30);
      expect(rows.reduce((sum, row) => sum + row.unpriced_requests, 0)).toBe(1);
    }
  });
});

it('of two machines that recorded the same moment, always the same one has the requests', async () => {
  for (const device of ['desk', 'lap', 'attic']) {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 'without a summary', device, request_key: 'same', source: 'otel' }),
      makeApiRequestRow({ session_id: 'with one' }),
    ]);
    await store.client.sessionSummaries.ingest([
      makeSessionSummaryRow({ event_id: device, session_id: 'with one', device }),
    ]);
  }
  const devices = await store.client.costByDevice.query(march);
  expect(devices.map((row) => [row.device, row.sessions])).toEqual([['lap', 2]]);
});

describe('cost_by_part', () => {
  it('the parts are those of the four breakdowns, and their shares sum to 1 in each', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ cost_usd: 0.375, skill_name: 'release-notes' }),
      makeApiRequestRow({ cost_usd: 0.125, agent_id: 'x', agent_type: 'Explore', is_sidechain: 1 }),
      makeApiRequestRow({ cost_usd: null, model: 'claude-unheard-of', project: '' }),
    ]);
    const rows = await store.client.costByPart.query(march);
    const of = (dimension: string) =>
      rows
        .filter((row) => row.dimension === dimension)
        .map(({ dimension: _, cost_share: __, part, ...figures }) => ({ part, ...figures }));
    const renamed = <R extends Record<string, unknown>>(found: R[], column: keyof R) =>
      found.map(({ [column]: part, ...figures }) => ({ part, ...figures }));
    expect(of('model')).toEqual(renamed(await store.client.costByModel.query(march), 'model'));
    expect(of('agent')).toEqual(renamed(await store.client.costByAgent.query(march), 'agent_type'));
    expect(of('skill')).toEqual(renamed(await store.client.costBySkill.query(march), 'skill_name'));
    expect(of('project')).toEqual(renamed(await store.client.costByProject.query(march), 'project_name'));
    expect(rows.filter(({ dimension }) => dimension === 'agent')).toMatchObject([
      { part: 'main', cost_share: 0.75, request_count: 2, unpriced_requests: 1 },
      { part: 'Explore', cost_share: 0.25 },
    ]);
    expect(rows.filter(({ dimension }) => dimension === 'model')).toMatchObject([
      { part: 'claude-opus-4-8', cost_share: 1 },
      { part: 'claude-unheard-of', cost_share: null, total_cost_usd: null },
    ]);
  });
});

describe('cost_trend', () => {
  const trend = async (params: object) =>
    (await store.client.costTrend.query(params)).map(
      ({ period_start: start, total_cost_usd: cost, is_partial: partial }) => [start, cost, partial],
    );

  it('every day has a row, with zeros if nothing happened', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: '2026-03-02 00:00:00.000', cost_usd: 0.5 }),
      makeApiRequestRow({ timestamp: '2026-03-04 23:59:59.999', cost_usd: 0.25 }),
      makeApiRequestRow({ timestamp: '2026-03-04 12:00:00.000', cost_usd: null }),
    ]);
    const rows = await store.client.costTrend.query({
      from: '2026-03-02 00:00:00',
      to: '2026-03-05 00:00:00',
    });
    expect(rows).toMatchObject([
      { period_start: '2026-03-02', total_cost_usd: 0.5, cost_share_of_largest: 1, is_partial: 0 },
      { period_start: '2026-03-03', total_cost_usd: 0, request_count: 0, cache_hit_rate: null },
      { period_start: '2026-03-04', total_cost_usd: 0.25, request_count: 2, unpriced_requests: 1 },
    ]);
    expect(rows[2]?.cost_share_of_largest).toBe(0.5);
  });

  it('weeks begin on Monday at midnight in the time zone', async () => {
    // Sunday 8 March, 23:30 in UTC, is Monday in Berlin.
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: '2026-03-08 23:30:00.000', cost_usd: 1 }),
    ]);
    const window = { from: '2026-03-02 00:00:00', to: '2026-03-16 00:00:00', period: 'weekly' };
    expect(await trend(window)).toEqual([
      ['2026-03-02', 1, 0],
      ['2026-03-09', 0, 0],
    ]);
    expect(await trend({ ...window, timezone: 'Europe/Berlin' })).toEqual([
      ['2026-03-02', 0, 1],
      ['2026-03-09', 1, 0],
      ['2026-03-16', 0, 1],
    ]);
  });

  it('months and hours are right across a daylight saving change', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: '2026-03-29 01:30:00.000', cost_usd: 1 }),
    ]);
    expect(
      await trend({ from: '2026-02-01 00:00:00', to: '2026-05-01 00:00:00', period: 'monthly' }),
    ).toEqual([
      ['2026-02-01', 0, 0],
      ['2026-03-01', 1, 0],
      ['2026-04-01', 0, 0],
    ]);
    // In Berlin the hour from 2 to 3 is skipped that night.
    expect(
      await trend({
        from: '2026-03-29 00:00:00',
        to: '2026-03-29 03:00:00',
        period: 'hourly',
        timezone: 'Europe/Berlin',
      }),
    ).toEqual([
      ['2026-03-29 01:00', 0, 0],
      ['2026-03-29 03:00', 1, 0],
      ['2026-03-29 04:00', 0, 0],
    ]);
  });

  // 2020 to 2032 are 13 years with 4 leap days. The first week of 2020 begins on 30 December 2019, the last of 2099 on
  // 28 December 2099. 1971 to 2099 are 129 years.
  it.each([
    ['daily', '2020-01-01 00:00:00', '2033-01-01 00:00:00', 4_749],
    ['weekly', '2020-01-01 00:00:00', '2299-12-31 00:00:00', 4_175],
    ['monthly', '1900-01-01 00:00:00', '2299-12-31 00:00:00', 1_548],
  ])('the rows are the same however long the window is: %s', async (period, from, to, count) => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: '2026-03-02 12:00:00.000', cost_usd: 0.5 }),
    ]);
    const rows = await trend({ from, to, period });
    expect(rows).toHaveLength(count);
    expect(rows.filter(([, cost]) => cost !== 0)).toHaveLength(1);
  });

  it('a rolling window is extended to whole periods', async () => {
    const rows = await store.client.costTrend.query({ days: 7, period: 'daily' });
    expect(rows).toHaveLength(8);
    expect(rows.map(({ is_partial: partial }) => partial)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });
});

describe('cost_by_period', () => {
  it('cost_by_period has a row per period, then its models, most expensive first, and at the end the total', async () => {
    const tokens = { input_tokens: 1, output_tokens: 2, cache_read_tokens: 3, cache_creation_tokens: 4 };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...tokens, timestamp: '2026-03-02 00:00:00.000', cost_usd: 0.5 }),
      makeApiRequestRow({ ...tokens, timestamp: '2026-03-02 23:59:59.999', cost_usd: 0.25 }),
      makeApiRequestRow({
        ...tokens,
        timestamp: '2026-03-02 12:00:00.000',
        model: 'claude-haiku-4-5',
        cost_usd: 1,
      }),
      makeApiRequestRow({
        ...tokens,
        timestamp: '2026-03-05 12:00:00.000',
        model: 'claude-unheard-of',
        cost_usd: null,
      }),
    ]);
    const rows = await store.client.costByPeriod.query({ ...march, period: 'daily' });
    const usage = (count: number, cost: number | null, unpriced = 0) => ({
      total_input: count,
      total_output: 2 * count,
      total_cache_read: 3 * count,
      total_cache_creation: 4 * count,
      total_tokens: 10 * count,
      total_cost_usd: cost,
      request_count: count,
      unpriced_requests: unpriced,
      learnt_requests: 0,
      total_reported_cost_usd: null,
      unpriced_reported_cost_usd: null,
    });
    expect(rows).toEqual([
      { level: 'period', period_start: '2026-03-02', model: '', ...usage(3, 1.75) },
      { level: 'model', period_start: '2026-03-02', model: 'claude-haiku-4-5', ...usage(1, 1) },
      { level: 'model', period_start: '2026-03-02', model: 'claude-opus-4-8', ...usage(2, 0.75) },
      { level: 'period', period_start: '2026-03-05', model: '', ...usage(1, null, 1) },
      { level: 'model', period_start: '2026-03-05', model: 'claude-unheard-of', ...usage(1, null, 1) },
      { level: 'total', period_start: '', model: '', ...usage(4, 1.75, 1) },
    ]);
  });

  it('days begin at midnight of the time zone, on both sides of a clock change', async () => {
    // In Berlin the clocks go forward on 29 March: its day has 23 hours, from 23:00 to 22:00 in UTC.
    await store.client.apiRequests.ingest(
      [
        '2026-03-28 22:59:59.999',
        '2026-03-28 23:00:00.000',
        '2026-03-29 21:59:59.999',
        '2026-03-29 22:00:00.000',
      ].map((timestamp) => makeApiRequestRow({ timestamp, cost_usd: 1 })),
    );
    const rows = await store.client.costByPeriod.query({
      ...march,
      period: 'daily',
      timezone: 'Europe/Berlin',
    });
    expect(
      rows.filter(({ level }) => level === 'period').map((row) => [row.period_start, row.request_count]),
    ).toEqual([
      ['2026-03-28', 1],
      ['2026-03-29', 2],
      ['2026-03-30', 1],
    ]);
  });

  it('cost_by_period has no row without requests', async () => {
    expect(await store.client.costByPeriod.query(march)).toEqual([]);
  });
});

describe('cost_total', () => {
  it('the cost is 0 if nothing happened, and unknown if nothing has a price', async () => {
    expect(await store.client.costTotal.query(march)).toMatchObject([
      { total_cost_usd: 0, request_count: 0 },
    ]);
    await store.client.apiRequests.ingest([makeApiRequestRow({ cost_usd: null })]);
    expect(await store.client.costTotal.query(march)).toMatchObject([
      { total_cost_usd: null, request_count: 1, unpriced_requests: 1 },
    ]);
    await store.client.apiRequests.ingest([makeApiRequestRow({ cost_usd: 0.25 })]);
    expect(await store.client.costTotal.query(march)).toMatchObject([
      { total_cost_usd: 0.25, request_count: 2, total_tokens: 2_000 },
    ]);
  });
});
