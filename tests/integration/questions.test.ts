import { describe, expect, it } from 'vitest';
import type { SkillActivationRow, TelemetryEventRow } from '../../src/catalogue.js';
import { hints } from '../../src/hooks/context-text.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from './helpers/factories.js';
import { useStore } from './helpers/store.js';

const store = useStore();

/** Around the rows that the factories make, which are of 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('usage_summary', () => {
  const figures = async (params: Parameters<typeof store.client.usageSummary.query>[0]) => {
    const rows = await store.client.usageSummary.query(params);
    return Object.fromEntries(
      rows.map(({ metric, value, value_before: before, change }) => [metric, [value, before, change]]),
    );
  };

  it('sets each figure beside the one of the window of the same length before', async () => {
    await store.client.apiRequests.ingest([
      // 8 and 9 March: two days before the window of 10 and 11 March.
      makeApiRequestRow({ timestamp: '2026-03-08 00:00:00.000', session_id: 'a', cost_usd: 0.4 }),
      makeApiRequestRow({ timestamp: '2026-03-07 23:59:59.999', session_id: 'b', cost_usd: 9 }),
      makeApiRequestRow({ timestamp: '2026-03-10 00:00:00.000', session_id: 'c', cost_usd: 0.25 }),
      makeApiRequestRow({ timestamp: '2026-03-11 23:59:59.999', session_id: 'd', cost_usd: 0.35 }),
      makeApiRequestRow({ timestamp: '2026-03-11 12:00:00.000', session_id: 'd', cost_usd: null }),
      makeApiRequestRow({ timestamp: '2026-03-12 00:00:00.000', session_id: 'e', cost_usd: 9 }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ timestamp: '2026-03-09 10:00:00.000', duration_ms: 10 }),
      makeTelemetryEventRow({ timestamp: '2026-03-10 10:00:00.000', duration_ms: 30 }),
      makeTelemetryEventRow({ timestamp: '2026-03-10 11:00:00.000', status: 'failure', duration_ms: 50 }),
    ]);
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ timestamp: '2026-03-10 10:00:00.000' }),
      makeSkillActivationRow({ timestamp: '2026-03-10 10:00:00.000', success: false }),
      makeSkillActivationRow({ timestamp: '2026-03-10 10:00:00.000', trigger: 'typed', success: null }),
    ]);
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ timestamp: '2026-03-10 10:00:00.000', event: 'start' }),
      makeAgentActivationRow({ timestamp: '2026-03-10 10:00:06.000', event: 'stop' }),
    ]);
    await store.client.sessionSummaries.ingest([
      makeSessionSummaryRow({
        session_id: 'c',
        timestamp: '2026-03-10 10:00:00.000',
        started_at: '2026-03-10 09:00:00.000',
        last_activity_at: '2026-03-10 10:00:00.000',
        prompts: 3,
      }),
    ]);

    const found = await figures({ from: '2026-03-10 00:00:00', to: '2026-03-12 00:00:00' });
    expect(found.cost_usd?.[0]).toBeCloseTo(0.6, 12);
    expect(found.cost_usd?.[1]).toBe(0.4);
    expect(found.cost_usd?.[2]).toBeCloseTo(0.5, 12);
    expect(found.cost_usd_per_session?.[0]).toBeCloseTo(0.3, 12);
    expect(found).toMatchObject({
      sessions: [2, 1, 1],
      sessions_per_day: [1, 0.5, 1],
      requests: [3, 1, 2],
      unpriced_requests: [1, 0, null],
      total_tokens: [3_000, 1_000, 2],
      // 800 of 950 prompt tokens in every request.
      cache_hit_rate: [2_400 / 2_850, 800 / 950, expect.closeTo(0, 12)],
      tool_calls: [2, 1, 1],
      tool_failures: [1, 0, null],
      tool_success_rate: [0.5, 1, -0.5],
      avg_tool_ms: [40, 10, 3],
      skill_uses: [3, 0, null],
      skill_success_rate: [0.5, null, null],
      agent_runs: [1, 0, null],
      avg_agent_ms: [6_000, null, null],
      prompts: [3, 0, null],
      avg_session_ms: [3_600_000, null, null],
    });
  });

  it('has every metric, with zeros and unknowns, where nothing happened', async () => {
    const found = await figures(march);
    expect(found.sessions).toEqual([0, 0, null]);
    expect(found.cost_usd).toEqual([null, null, null]);
    expect(Object.keys(found)).toHaveLength(22);
  });
});

describe('cost_by_part', () => {
  it('has the parts of the four breakdowns, and shares that sum to 1 in each', async () => {
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

describe('session_list', () => {
  it('pages in order of the last activity, by state and by the beginning of the id', async () => {
    const at = (hour: number) => `2026-03-02 ${String(hour).padStart(2, '0')}:00:00.000`;
    await store.client.sessionSummaries.ingest(
      [
        ['aa1', 12, null],
        ['aa2', 12, at(12)],
        ['bb1', 13, at(13)],
        ['bb2', 11, at(11)],
      ].map(([id, hour, ended]) =>
        makeSessionSummaryRow({
          session_id: String(id),
          last_activity_at: at(Number(hour)),
          ended_at: ended === null ? null : String(ended),
        }),
      ),
    );
    const ids = async (more: object) =>
      (await store.client.sessionList.query({ ...march, ...more })).map(({ session_id: id }) => id);
    expect(await ids({})).toEqual(['bb1', 'aa1', 'aa2', 'bb2']);
    expect(await ids({ limit: 2 })).toEqual(['bb1', 'aa1']);
    expect(await ids({ limit: 2, after_activity: at(12), after_session: 'aa1' })).toEqual(['aa2', 'bb2']);
    expect(await ids({ status: 'abandoned' })).toEqual(['aa1']);
    expect(await ids({ session_prefix: 'bb' })).toEqual(['bb1', 'bb2']);
  });
});

/** Rows of a timeline in short: prompt, kind, name, second, and the cost as `costOf` tells it. */
const shortly = (
  rows: Awaited<ReturnType<typeof store.client.sessionTimeline.query>>,
  costOf = (cost: number | null) => cost,
) =>
  rows.map(({ prompt_id: prompt, kind, name, at, total_cost_usd: cost }) => [
    prompt,
    kind,
    name,
    at.slice(17, 19),
    costOf(cost),
  ]);

describe('session_timeline', () => {
  it('puts each step under its prompt, and sums the prompt with its subagents', async () => {
    const at = (second: number) => `2026-03-02 12:00:${String(second).padStart(2, '0')}.000`;
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: at(2), prompt_id: 'p1', cost_usd: 0.1 }),
      makeApiRequestRow({
        timestamp: at(5),
        prompt_id: 'p1',
        cost_usd: 0.2,
        agent_id: 'x',
        agent_type: 'Explore',
      }),
      makeApiRequestRow({ timestamp: at(20), prompt_id: 'p2', cost_usd: null }),
      makeApiRequestRow({ timestamp: at(30), prompt_id: '', cost_usd: 0.05 }),
      makeApiRequestRow({ timestamp: at(3), session_id: 'other', prompt_id: 'p1', cost_usd: 9 }),
    ]);
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ timestamp: at(4), prompt_id: 'p1', agent_id: 'x', event: 'start' }),
      makeAgentActivationRow({ timestamp: at(8), prompt_id: 'p1', agent_id: 'x', event: 'stop' }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ timestamp: at(1), prompt_id: 'p1', event: 'prompt', tool_name: '' }),
      makeTelemetryEventRow({ timestamp: at(10), prompt_id: 'p1', event: 'turn_end', tool_name: '' }),
      makeTelemetryEventRow({
        timestamp: at(3),
        prompt_id: 'p1',
        tool_name: 'Skill',
        tool_use_id: 'toolu_skill',
      }),
    ]);
    await store.client.skillActivations.ingest([
      // The hook came when the call was over: the step is where the call was.
      makeSkillActivationRow({ timestamp: at(6), prompt_id: 'p1', tool_use_id: 'toolu_skill' }),
    ]);
    const rows = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    const inCents = (cost: number | null) => (cost === null ? null : Math.round(cost * 100));
    expect(shortly(rows, inCents)).toEqual([
      ['p1', 'prompt', '', '01', 30],
      ['p1', 'request', 'claude-opus-4-8', '02', 10],
      ['p1', 'skill', 'release-notes', '03', null],
      ['p1', 'tool', 'Skill', '03', null],
      ['p1', 'agent', 'Explore', '04', 20],
      ['p1', 'request', 'claude-opus-4-8', '05', 20],
      ['p2', 'prompt', '', '20', null],
      ['p2', 'request', 'claude-opus-4-8', '20', null],
      ['', 'prompt', '', '30', 5],
      ['', 'request', 'claude-opus-4-8', '30', 5],
    ]);
    // From the prompt to the end of its turn; the run from its start to its stop.
    expect(rows[0]).toMatchObject({ duration_ms: 9_000, request_count: 2, total_tokens: 2_000 });
    expect(rows[4]).toMatchObject({ duration_ms: 4_000, request_count: 1 });
    expect(rows[6]).toMatchObject({ duration_ms: null, request_count: 1, unpriced_requests: 1 });
  });
});

describe('session_timeline of OpenTelemetry', () => {
  it('has what was done and refused, not the bookkeeping of hooks nor what other rows tell', async () => {
    const heard = (event: string, payload = '{}') =>
      makeTelemetryEventRow({
        source: 'otel',
        prompt_id: 'p1',
        event,
        tool_name: '',
        tool_use_id: '',
        payload,
      });
    await store.client.telemetryEvents.ingest([
      heard('hook_registered'),
      heard('hook_execution_start'),
      heard('hook_execution_complete'),
      heard('assistant_response'),
      heard('tool_decision', '{"decision":"accept"}'),
      heard('tool_decision', '{"decision":"reject"}'),
      heard('compaction'),
    ]);
    const rows = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    expect(rows.map(({ kind, name }) => [kind, name])).toEqual([
      ['prompt', ''],
      ['event', 'compaction'],
      ['event', 'tool_decision'],
    ]);
  });
});

describe('a command that the client runs itself, of which OpenTelemetry tells as of a prompt', () => {
  const at = (second: number) => `2026-03-02 12:00:${String(second).padStart(2, '0')}.000`;
  const heard = (second: number, prompt_id: string, event: string, command_source?: string) =>
    makeTelemetryEventRow({
      source: 'otel',
      timestamp: at(second),
      prompt_id,
      event,
      status: '',
      tool_name: '',
      tool_use_id: '',
      payload: JSON.stringify({ command_source }),
    });
  const request = (second: number, prompt_id: string, cost_usd: number) =>
    makeApiRequestRow({ source: 'otel', timestamp: at(second), prompt_id, cost_usd });
  // In the order in which 2.1.197 tells of them.
  const fill = async () => {
    await store.client.telemetryEvents.ingest([
      heard(1, 'typed', 'prompt'),
      heard(10, 'model', 'prompt', 'builtin'),
      heard(20, 'init', 'prompt', 'builtin'),
      heard(20, 'init', 'skill_activated'),
      heard(30, 'compact', 'prompt', 'builtin'),
      heard(32, 'compact', 'compaction'),
      heard(40, 'last', 'prompt', 'builtin'),
    ]);
    await store.client.apiRequests.ingest([
      request(2, 'typed', 0.25),
      request(21, 'init', 0.5),
      request(31, 'compact', 0.125),
    ]);
  };

  it('is no prompt of the timeline, which has as many as the session', async () => {
    await fill();
    expect(await store.client.sessionOverview.query({ session_id: 'session-1' })).toMatchObject([
      { prompts: 2, total_cost_usd: 0.875 },
    ]);
    const rows = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    expect(shortly(rows)).toEqual([
      ['typed', 'prompt', '', '01', 0.25],
      ['typed', 'request', 'claude-opus-4-8', '02', 0.25],
      ['init', 'prompt', '', '20', 0.5],
      ['init', 'event', 'skill_activated', '20', null],
      ['init', 'request', 'claude-opus-4-8', '21', 0.5],
      ['', 'prompt', '', '31', 0.125],
      ['', 'request', 'claude-opus-4-8', '31', 0.125],
      ['', 'event', 'compaction', '32', null],
    ]);
  });

  it('is no span of a prompt either, and what it led to belongs to the session', async () => {
    await fill();
    const spans = await store.client.sessionSpans.query({ session_id: 'session-1' });
    expect(
      spans.map(({ kind, prompt_id: prompt, started }) => [kind, prompt, started?.slice(17, 19)]),
    ).toEqual([
      ['session', '', '01'],
      ['prompt', 'typed', '01'],
      ['prompt', 'init', '20'],
      ['request', 'typed', '02'],
      ['request', 'init', '21'],
      ['request', '', '31'],
    ]);
  });

  it('is a prompt where a hook told that it was submitted', async () => {
    await fill();
    const prompts = async () =>
      (await store.client.sessionTimeline.query({ session_id: 'session-1' }))
        .filter(({ kind }) => kind === 'prompt')
        .map(({ prompt_id: prompt }) => prompt);
    const told = heard(40, 'told', 'prompt', 'custom');
    await store.client.telemetryEvents.ingest([
      { ...told, version: 0 },
      { ...told, source: 'hook', payload: '{}', version: 1 },
    ]);
    expect(await prompts()).toEqual(['typed', 'init', '', 'told']);
  });
});

describe('over HTTP', () => {
  it.each([
    ['a task without a name', 'task_trace', 'task_id=', 'task_id is empty'],
    ['a session without a name', 'session_timeline', 'session_id=', 'session_id is empty'],
    ['the threads of such a session', 'session_threads', 'session_id=', 'session_id is empty'],
    [
      'a period that there is not',
      'cost_trend',
      'period=yearly',
      'period takes hourly, daily, weekly or monthly',
    ],
    ['the same for work', 'work_trend', 'period=', 'period takes hourly, daily, weekly or monthly'],
    [
      'a trend of too many rows',
      'cost_trend',
      'period=hourly&days=36500',
      '[Error] a trend has at most 50,000 periods: ask for a shorter window or for longer periods',
    ],
    [
      'a trend of the work of too many rows',
      'work_trend',
      'period=hourly&days=36500',
      '[Error] a trend has at most 50,000 periods: ask for a shorter window or for longer periods',
    ],
  ])('%s is refused by name', async (_, pipe, query, says) => {
    await store.client.telemetryEvents.ingest([makeTelemetryEventRow()]);
    const answer = await fetch(`${store.url}/v0/pipes/${pipe}.json?${query}`, {
      headers: { authorization: 'Bearer local' },
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: says });
  });
});

describe('cost_trend', () => {
  const trend = async (params: object) =>
    (await store.client.costTrend.query(params)).map(
      ({ period_start: start, total_cost_usd: cost, is_partial: partial }) => [start, cost, partial],
    );

  it('has a row for every day, with zeros where nothing happened', async () => {
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

  it('begins weeks on Monday at midnight of the zone', async () => {
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

  it('counts months and hours, through a change of the clocks too', async () => {
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
    // In Berlin the hour from 2 to 3 is left out that night.
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

  it.each([
    ['daily', 47_117],
    ['weekly', 6_732],
    ['monthly', 1_548],
  ])('keeps its rows however far the window reaches: %s', async (period, count) => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: '2026-03-02 12:00:00.000', cost_usd: 0.5 }),
    ]);
    // 1971 to 2099 are 129 years with 32 leap days; their weeks begin on 28 December 1970 and on 28 December 2099.
    const rows = await trend({ from: '1900-01-01 00:00:00', to: '2299-12-31 00:00:00', period });
    expect(rows).toHaveLength(count);
    expect(rows.filter(([, cost]) => cost !== 0)).toHaveLength(1);
  });

  it('widens a rolling window to whole periods', async () => {
    const rows = await store.client.costTrend.query({ days: 7, period: 'daily' });
    expect(rows).toHaveLength(8);
    expect(rows.map(({ is_partial: partial }) => partial)).toEqual([0, 0, 0, 0, 0, 0, 0, 1]);
  });
});

describe('usage_hints', () => {
  it('says what stands out, with the arithmetic of what could be saved', async () => {
    const runs = (model: string, cost: number, ids: string[]) =>
      ids.map((id) =>
        makeApiRequestRow({ model, cost_usd: cost, agent_id: id, agent_type: 'Explore', is_sidechain: 1 }),
      );
    await store.client.apiRequests.ingest([
      ...runs('claude-opus-4-8', 0.5, ['a', 'b', 'c']),
      ...runs('claude-haiku-4-5', 0.1, ['d', 'e']),
      makeApiRequestRow({ cost_usd: 0.3 }),
    ]);
    await store.client.agentActivations.ingest(
      ['a', 'b', 'c', 'd', 'e'].map((id) => makeAgentActivationRow({ agent_id: id })),
    );
    await store.client.telemetryEvents.ingest(
      ['success', 'success', 'success', 'failure', 'failure'].map((status) =>
        makeTelemetryEventRow({ status }),
      ),
    );
    await store.client.skillActivations.ingest([
      makeSkillActivationRow(),
      makeSkillActivationRow({ success: false }),
    ]);
    const hints = await store.client.usageHints.query(march);
    expect(hints.map(({ kind, subject }) => [kind, subject])).toEqual([
      ['agent_model', 'Explore'],
      ['agent_cost', 'Explore'],
      ['tool_failures', 'Bash'],
      ['skill_failures', 'release-notes'],
      ['model_cost', 'claude-opus-4-8'],
    ]);
    // Three runs at 0.50 instead of 0.10 each.
    expect(hints[0]).toMatchObject({
      happened: 3,
      usd_each: 0.5,
      model: 'claude-opus-4-8',
      compared_with: 'claude-haiku-4-5',
      compared_usd_each: 0.1,
    });
    expect(hints[0]?.saving_usd).toBeCloseTo(1.2, 12);
    // 1.7 of 2.0 USD in five runs.
    expect(hints[1]).toMatchObject({ happened: 5 });
    expect(hints[1]?.share).toBeCloseTo(0.85, 12);
    expect(hints[1]?.usd_each).toBeCloseTo(0.34, 12);
    expect(hints[2]).toMatchObject({ happened: 2, out_of: 5, share: 0.4, saving_usd: null });
    expect(hints[3]).toMatchObject({ happened: 1, out_of: 2, share: 0.5 });
    expect(hints[4]?.share).toBeCloseTo(0.9, 12);
  });

  it("draws every line where the text at a session's start does", async () => {
    const requestOf = (cost_usd: number, some: Parameters<typeof makeApiRequestRow>[0] = {}) =>
      makeApiRequestRow({
        cost_usd,
        input_tokens: 0,
        cache_read_tokens: 0,
        cache_creation_tokens: 0,
        ...some,
      });
    const told = async () => {
      const [found, [context]] = await Promise.all([
        store.client.usageHints.query(march),
        store.client.usageContext.query(march),
      ]);
      return { kinds: found.map(({ kind }) => kind), texts: hints(context!) };
    };
    // On the line: 4 of 5 USD on one model, 1.50 of them Explore's; 1 of 5 calls and uses failed. Just below it: 59,999 of 100,000 tokens.
    await store.client.apiRequests.ingest([
      requestOf(1.5, { agent_id: 'a', agent_type: 'Explore' }),
      requestOf(2.5, { input_tokens: 40_001, cache_read_tokens: 59_999 }),
      requestOf(1, { model: 'claude-haiku-4-5' }),
    ]);
    await store.client.agentActivations.ingest([makeAgentActivationRow({ agent_id: 'a' })]);
    const outcomes = [false, true, true, true, true];
    await store.client.telemetryEvents.ingest(
      outcomes.map((success) => makeTelemetryEventRow({ status: success ? 'success' : 'failure' })),
    );
    await store.client.skillActivations.ingest(
      outcomes.map((success) => makeSkillActivationRow({ success })),
    );
    expect(await told()).toEqual({
      kinds: ['agent_cost', 'low_cache', 'tool_failures', 'skill_failures', 'model_cost'],
      texts: [
        expect.stringMatching(/^agent Explore took 30 % of the cost/),
        expect.stringMatching(/^only 60 % of 100\.0k prompt tokens/),
        expect.stringMatching(/^tool Bash failed in 1 of 5 calls/),
      ],
    });

    // A cent elsewhere, ten tokens from the cache, one call and one use more.
    await store.client.apiRequests.ingest([
      requestOf(0.01, { model: 'claude-haiku-4-5', cache_read_tokens: 10 }),
    ]);
    await store.client.telemetryEvents.ingest([makeTelemetryEventRow()]);
    await store.client.skillActivations.ingest([makeSkillActivationRow()]);
    expect(await told()).toEqual({ kinds: [], texts: [] });
  });

  it('says nothing where nothing stands out', async () => {
    await store.client.apiRequests.ingest([makeApiRequestRow()]);
    expect(await store.client.usageHints.query(march)).toEqual([]);
  });
});

describe('cost_total', () => {
  it('is 0 where nothing happened, and unknown where nothing has a price', async () => {
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

describe('request_list', () => {
  it('goes on after a given request, also among requests of the same moment', async () => {
    await store.client.apiRequests.ingest(
      ['r1', 'r2', 'r3'].map((key) => makeApiRequestRow({ request_key: key, request_id: key })),
    );
    const page = await store.client.requestList.query({ ...march, limit: 2 });
    expect(page.map(({ request_key: key }) => key)).toEqual(['r1', 'r2']);
    const rest = await store.client.requestList.query({
      ...march,
      after_time: page[1]!.timestamp,
      after_key: 'r2',
    });
    expect(rest.map(({ request_key: key }) => key)).toEqual(['r3']);
  });
});

/** A session's start that found these skills, at noon of a day of 2026. */
const starts = (day: string, session: string, skills: string[], some: Partial<TelemetryEventRow> = {}) =>
  makeTelemetryEventRow({
    event: 'session_start',
    status: '',
    tool_name: '',
    timestamp: `2026-${day} 12:00:00.000`,
    session_id: session,
    payload: JSON.stringify({ source: 'startup', skills, typed_only_skills: ['deploy'] }),
    ...some,
  });
const used = (day: string, skill_name: string, some: Partial<SkillActivationRow> = {}) =>
  makeSkillActivationRow({ timestamp: `2026-${day} 12:00:00.000`, skill_name, ...some });

describe('unused_skills', () => {
  it('names what the newest session found and nobody used, with when it was used last', async () => {
    await store.client.telemetryEvents.ingest([
      starts('02-20', 's0', ['gone', 'old', 'notes', 'tools:polish', 'tools:plan']),
      starts('03-02', 's1', ['gone', 'old', 'notes', 'tools:polish', 'tools:plan', 'deploy']),
      starts('03-03', 's2', ['old', 'notes', 'tools:polish', 'tools:plan', 'deploy', 'fresh']),
      // The same session again, after a compaction.
      starts('03-04', 's2', ['old', 'notes', 'tools:polish', 'tools:plan', 'deploy', 'fresh']),
    ]);
    await store.client.skillActivations.ingest([
      used('02-21', 'old'),
      used('03-03', 'notes'),
      used('03-03', 'tools:polish'),
      // Called without its plugin's name.
      used('03-03', 'plan', { trigger: 'typed', success: null }),
      used('04-02', 'deploy', { trigger: 'typed', success: null }),
    ]);
    expect(await store.client.unusedSkills.query(march)).toEqual([
      {
        skill_name: 'old',
        typed_only: 0,
        sessions: 2,
        first_seen: '2026-02-20 12:00:00.000',
        last_used: '2026-02-21 12:00:00.000',
      },
      {
        skill_name: 'deploy',
        typed_only: 1,
        sessions: 2,
        first_seen: '2026-03-02 12:00:00.000',
        last_used: '2026-04-02 12:00:00.000',
      },
      {
        skill_name: 'fresh',
        typed_only: 0,
        sessions: 1,
        first_seen: '2026-03-03 12:00:00.000',
        last_used: null,
      },
    ]);
  });

  it('keeps projects and machines apart, and says nothing where no list was recorded', async () => {
    await store.client.telemetryEvents.ingest([
      starts('03-02', 'a', ['shared', 'one'], { project: 'shop-1' }),
      starts('03-03', 'b', ['shared', 'two'], { project: 'shop-2' }),
      starts('03-04', 'c', ['three'], { project: 'shop-2', device: 'other' }),
      starts('03-05', 'd', [], { project: 'shop-3', payload: '{"source":"startup"}' }),
    ]);
    await store.client.skillActivations.ingest([used('03-03', 'shared', { project: 'shop-2' })]);
    const names = async (params: object) =>
      (await store.client.unusedSkills.query({ ...march, ...params })).map(({ skill_name: name }) => name);
    expect(await names({})).toEqual(['one', 'three', 'two']);
    expect(await names({ project: 'shop-1' })).toEqual(['one', 'shared']);
    expect(await names({ project: 'shop-2' })).toEqual(['three', 'two']);
    expect(await names({ project: 'shop-3' })).toEqual([]);
  });
});

describe('the hint on unused skills', () => {
  const tenSessions = (skills: string[], day = (index: number) => `03-${10 + index}`) =>
    Array.from({ length: 10 }, (_, index) => starts(day(index), `s${index}`, skills));
  const april = { from: '2026-03-25 00:00:00', to: '2026-04-01 00:00:00' };
  const hints = async () =>
    (await store.client.usageHints.query(april)).filter(({ kind }) => kind === 'unused_skills');

  it('counts what was there for 30 days in ten sessions, and shown to the model', async () => {
    const found = ['stale', 'asleep', 'used', 'deploy'];
    await store.client.telemetryEvents.ingest([
      // The 30 days begin on 2 March.
      starts('03-01', 'before', found),
      ...tenSessions([...found, 'new']),
    ]);
    await store.client.skillActivations.ingest([used('03-12', 'used'), used('03-01', 'stale')]);
    expect(await hints()).toMatchObject([{ subject: '', happened: 2, out_of: 4, share: 0.5 }]);
  });

  it('is silent without ten sessions, and where nobody knows that a skill was there for so long', async () => {
    await store.client.telemetryEvents.ingest([
      starts('03-01', 'before', ['rare']),
      ...tenSessions(['new']),
      starts('03-20', 'late', ['new', 'rare']),
    ]);
    expect(await hints()).toEqual([]);
  });
});
