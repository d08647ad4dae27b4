import { describe, expect, it } from 'vitest';
import { hints } from '../../../src/hooks/context-text.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('usage_summary', () => {
  const figures = async (params: Parameters<typeof store.client.usageSummary.query>[0]) => {
    const rows = await store.client.usageSummary.query(params);
    return Object.fromEntries(
      rows.map(({ metric, value, value_before: before, change }) => [metric, [value, before, change]]),
    );
  };

  it('each figure of usage_summary is compared with the previous window of the same length', async () => {
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

  it('if nothing happened, every metric is present, with zeros and unknowns', async () => {
    const found = await figures(march);
    expect(found.sessions).toEqual([0, 0, null]);
    expect(found.cost_usd).toEqual([null, null, null]);
    expect(Object.keys(found)).toHaveLength(22);
  });
});

describe('usage_hints', () => {
  it('a hint has its reason and the arithmetic of the possible saving', async () => {
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
      Array.from({ length: 10 }, (_, n) => makeTelemetryEventRow({ status: n < 4 ? 'failure' : 'success' })),
    );
    await store.client.skillActivations.ingest(
      Array.from({ length: 5 }, (_, n) => makeSkillActivationRow({ success: n >= 2 })),
    );
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
    expect(hints[2]).toMatchObject({ happened: 4, out_of: 10, share: 0.4, saving_usd: null });
    expect(hints[3]).toMatchObject({ happened: 2, out_of: 5, share: 0.4 });
    expect(hints[4]?.share).toBeCloseTo(0.9, 12);
  });

  it('every threshold is the same as in the text at the start of a session', async () => {
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
    // Exactly at the thresholds: 4 of 5 USD on one model, 1.50 of them Explore's; 4 of 20 calls and uses failed. Just
    // below: 59,999 of 100,000 tokens.
    await store.client.apiRequests.ingest([
      requestOf(1.5, { agent_id: 'a', agent_type: 'Explore' }),
      requestOf(2.5, { input_tokens: 40_001, cache_read_tokens: 59_999 }),
      requestOf(1, { model: 'claude-haiku-4-5' }),
    ]);
    await store.client.agentActivations.ingest([makeAgentActivationRow({ agent_id: 'a' })]);
    const outcomes = Array.from({ length: 20 }, (_, n) => n >= 4);
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
        expect.stringMatching(/^tool Bash failed in 4 of 20 calls/),
      ],
    });

    // Slightly more: a cent elsewhere, ten tokens from the cache, one call and one use.
    await store.client.apiRequests.ingest([
      requestOf(0.01, { model: 'claude-haiku-4-5', cache_read_tokens: 10 }),
    ]);
    await store.client.telemetryEvents.ingest([makeTelemetryEventRow()]);
    await store.client.skillActivations.ingest([makeSkillActivationRow()]);
    expect(await told()).toEqual({ kinds: [], texts: [] });
  });

  it.each([
    [1, 4],
    [1, 5],
    [2, 10],
  ])(
    '%i failures in %i calls or uses may be chance and are no hint, there and in the text',
    async (failed, all) => {
      const outcomes = Array.from({ length: all }, (_, n) => n >= failed);
      await store.client.telemetryEvents.ingest(
        outcomes.map((success) => makeTelemetryEventRow({ status: success ? 'success' : 'failure' })),
      );
      await store.client.skillActivations.ingest(
        outcomes.map((success) => makeSkillActivationRow({ success })),
      );
      const [found, [context]] = await Promise.all([
        store.client.usageHints.query(march),
        store.client.usageContext.query(march),
      ]);
      expect(found).toEqual([]);
      expect(hints(context!)).toEqual([]);
    },
  );

  it('without anything remarkable, there is no hint', async () => {
    await store.client.apiRequests.ingest([makeApiRequestRow()]);
    expect(await store.client.usageHints.query(march)).toEqual([]);
  });
});

describe('usage_context', () => {
  it('usage_context is one row with everything that the text at a session start needs', async () => {
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ agent_id: 'a', event: 'start', timestamp: '2026-03-02 12:00:00.000' }),
      makeAgentActivationRow({ agent_id: 'a', event: 'stop', timestamp: '2026-03-02 12:00:04.000' }),
      makeAgentActivationRow({ agent_id: 'b', agent_type: 'reviewer' }),
    ]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 's1', cost_usd: 0.5 }),
      makeApiRequestRow({ session_id: 's2', cost_usd: 0.25, agent_id: 'a', agent_type: 'Explore' }),
      makeApiRequestRow({ session_id: 's2', model: 'claude-unheard-of', cost_usd: null }),
    ]);
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ success: false }),
      makeSkillActivationRow(),
      makeSkillActivationRow({ skill_name: 'fine' }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ status: 'failure' }),
      makeTelemetryEventRow(),
      makeTelemetryEventRow({ tool_name: 'Read' }),
    ]);
    expect(await store.client.usageContext.query(march)).toEqual([
      {
        sessions: 2,
        requests: 3,
        total_cost_usd: 0.75,
        unpriced_requests: 1,
        total_tokens: 3_000,
        input_tokens: 300,
        output_tokens: 150,
        cache_read_tokens: 2_400,
        cache_creation_tokens: 150,
        top_agents: [
          ['Explore', 1, 0.25, 4_000],
          ['reviewer', 1, null, null],
        ],
        top_models: [
          ['claude-opus-4-8', 0.75],
          ['claude-unheard-of', null],
        ],
        failing_skills: [['release-notes', 1, 2]],
        failing_tools: [['Bash', 1, 2]],
      },
    ]);
  });

  it('without data it is one empty row', async () => {
    expect(await store.client.usageContext.query()).toMatchObject([
      { sessions: 0, requests: 0, total_cost_usd: null, top_agents: [], failing_tools: [] },
    ]);
  });
});

describe('tool_usage', () => {
  it('a duration that neither a hook nor OpenTelemetry reported is that of the transcript', async () => {
    const seen = (tool_use_id: string, source: 'hook' | 'transcript', more: object) =>
      makeTelemetryEventRow({ tool_use_id, source, ...more });
    await store.client.telemetryEvents.ingest([
      // 30 ms by its hook; the transcript's 5 seconds include the wait for a person.
      seen('a', 'hook', { duration_ms: 30 }),
      seen('a', 'transcript', { payload: '{"answered_after_ms":5000}' }),
      seen('b', 'transcript', { payload: '{"answered_after_ms":90}' }),
      // Never answered.
      seen('c', 'transcript', { tool_name: 'Read' }),
    ]);
    expect(
      (await store.client.toolUsage.query(march)).map((row) => [
        row.tool_name,
        row.calls,
        row.avg_duration_ms,
      ]),
    ).toEqual([
      ['Bash', 2, 60],
      ['Read', 1, null],
    ]);
  });

  it('failures are counted by kind, and a call after a failure of the same kind is a retry', async () => {
    const call = (second: number, some: Parameters<typeof makeTelemetryEventRow>[0] = {}) =>
      makeTelemetryEventRow({ timestamp: `2026-03-02 12:00:0${second}.000`, prompt_id: 'p', ...some });
    const failed = (error_class: string) => ({ status: 'failure', error_class });
    await store.client.telemetryEvents.ingest([
      call(0, failed('exit_1')),
      call(1, failed('exit_127')),
      call(2, { duration_ms: 40 }),
      call(3, { ...failed('timeout'), duration_ms: 60 }),
      call(4, { agent_id: 'a' }),
      call(5, { prompt_id: 'another' }),
      call(6, { tool_name: 'Read', ...failed('denied') }),
    ]);
    expect(await store.client.toolUsage.query(march)).toEqual([
      {
        tool_name: 'Bash',
        calls: 6,
        failures: 3,
        failure_rate: 0.5,
        exit_failures: 2,
        timeouts: 1,
        interruptions: 0,
        denials: 0,
        // The second and third follow a failure; the fifth is in another thread, the sixth in another prompt.
        retries: 2,
        avg_duration_ms: 50,
        exit_codes: [1, 127],
      },
      expect.objectContaining({
        tool_name: 'Read',
        failures: 1,
        denials: 1,
        retries: 0,
        avg_duration_ms: null,
      }),
    ]);
  });
});
