import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApiRequestRow } from '../../src/catalogue.js';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from './helpers/factories.js';
import * as pipes from '../../src/pipes/index.js';
import { useStore } from './helpers/store.js';

const store = useStore();

/** Around the rows that the factories make. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('cost_by_model', () => {
  it('adds up each kind of token and the list price by model, most expensive first, and counts what has no price', async () => {
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
    });
    expect(rows[2]).toMatchObject({ total_cost_usd: null, request_count: 2, unpriced_requests: 2 });
  });

  it('counts from the first moment, inclusive, to the last, exclusive', async () => {
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

  it('takes a rolling window of days, seven unless told', async () => {
    const daysAgo = (days: number) =>
      new Date(Date.now() - days * 86_400_000).toISOString().replace('T', ' ').replace('Z', '');
    await store.client.apiRequests.ingest(
      [6.9, 7.1, 29.9].map((days) => makeApiRequestRow({ timestamp: daysAgo(days) })),
    );
    expect((await store.client.costByModel.query())[0]?.request_count).toBe(1);
    expect((await store.client.costByModel.query({ days: 8 }))[0]?.request_count).toBe(2);
    expect((await store.client.costByModel.query({ days: 30 }))[0]?.request_count).toBe(3);
    // A window that ends in the past is as long: from 37 to 7 days ago, and from 14 to 7.
    const to = daysAgo(7);
    expect((await store.client.costByModel.query({ days: 30, to }))[0]?.request_count).toBe(2);
    expect((await store.client.costByModel.query({ to }))[0]?.request_count).toBe(1);
  });

  it('narrows to a project', async () => {
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

describe('requests', () => {
  it('counts a side question that replays a message once, on the main branch', async () => {
    const replay = { message_id: 'msg_same', cost_usd: 0.01 };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        ...replay,
        request_key: 'r2',
        request_id: 'r2',
        is_sidechain: 1,
        session_id: 'side',
        timestamp: '2026-03-02 11:00:00.000',
      }),
      makeApiRequestRow({
        ...replay,
        request_key: 'r1',
        request_id: 'r1',
        is_sidechain: 0,
        session_id: 'main',
      }),
    ]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: 'main', request_count: 1, total_cost_usd: 0.01 },
    ]);
  });

  it('gives a request to the session it was made in, not to the one that copied it', async () => {
    const same = { request_key: 'r1', request_id: 'r1', message_id: 'm1' };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...same, session_id: 'zz-fork', is_copy: 1 }),
    ]);
    // Until the original is seen, nobody owns it; it counts all the same.
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: '', request_count: 1 },
    ]);
    await store.client.apiRequests.ingest([makeApiRequestRow({ ...same, session_id: 'aa-parent' })]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: 'aa-parent', request_count: 1 },
    ]);
  });

  it('prefers what is final to a placeholder, and a real name to one that OpenTelemetry hides', async () => {
    const same = { request_key: 'r1', request_id: 'r1' };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        ...same,
        is_final: 0,
        output_tokens: 1,
        cost_usd: 0.001,
        agent_id: 'a',
        agent_type: 'reviewer',
      }),
      makeApiRequestRow({
        ...same,
        source: 'otel',
        message_id: '',
        output_tokens: 400,
        cost_usd: 0.04,
        agent_type: 'custom',
        reported_cost_usd: 0.04,
      }),
    ]);
    expect(await store.client.agentUsageSummary.query(march)).toMatchObject([
      { agent_type: 'reviewer', total_output: 400, est_cost_usd: 0.04 },
    ]);
  });

  it('counts what OpenTelemetry and a transcript saw once, where the provider gives requests no id', async () => {
    const used = { input_tokens: 100, output_tokens: 50, cost_usd: 0.01 };
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ ...used, request_key: 'msg_1', request_id: '', message_id: 'msg_1' }),
      makeApiRequestRow({ ...used, request_key: 'client-1', request_id: '', message_id: '', source: 'otel' }),
      makeApiRequestRow({
        ...used,
        request_key: 'client-2',
        request_id: '',
        message_id: '',
        source: 'otel',
        session_id: 'otel alone',
      }),
    ]);
    const rows = await store.client.sessionOverview.query(march);
    expect(rows.map(({ session_id, request_count }) => [session_id, request_count]).sort()).toEqual([
      ['otel alone', 1],
      ['session-1', 1],
    ]);
  });

  it('takes the best of two rows of one message, not the earliest', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        request_key: 'm',
        request_id: '',
        message_id: 'm',
        is_final: 0,
        output_tokens: 3,
        cost_usd: 0.001,
        timestamp: '2026-03-02 11:00:00.000',
      }),
      makeApiRequestRow({
        request_key: 'r',
        request_id: 'r',
        message_id: 'm',
        output_tokens: 100,
        cost_usd: 0.02,
      }),
    ]);
    expect(await store.client.costByModel.query(march)).toMatchObject([
      { request_count: 1, total_output: 100, total_cost_usd: 0.02 },
    ]);
  });

  it('come to the same whatever the order and repetition of their sightings', async () => {
    const sightings: ApiRequestRow[] = [
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: 'm',
        output_tokens: 1,
        is_final: 0,
        cost_usd: 0.001,
      }),
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: 'm',
        output_tokens: 90,
        cost_usd: 0.09,
      }),
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: '',
        source: 'otel',
        output_tokens: 90,
        cost_usd: 0.09,
        session_id: 'session-1',
      }),
      makeApiRequestRow({
        request_key: 'a',
        request_id: 'a',
        message_id: 'm',
        is_copy: 1,
        session_id: 'zz-fork',
      }),
      makeApiRequestRow({
        request_key: 'b',
        request_id: 'b',
        message_id: 'n',
        cost_usd: 0.5,
        is_sidechain: 1,
        agent_id: 'x',
        agent_type: 'Explore',
      }),
      makeApiRequestRow({
        request_key: 'c',
        request_id: 'c',
        message_id: 'n2',
        cost_usd: null,
        model: 'claude-unheard-of',
      }),
    ];
    const everything = fc.shuffledSubarray([...sightings, ...sightings], {
      minLength: sightings.length,
      maxLength: sightings.length * 2,
    });
    await fc.assert(
      fc.asyncProperty(
        everything,
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        async (rows, cuts) => {
          await truncate();
          const complete = [...rows, ...sightings.filter((row) => !rows.includes(row))];
          let batch: ApiRequestRow[] = [];
          for (const [index, row] of complete.entries()) {
            batch.push(row);
            if (cuts[index] === true) {
              await store.client.apiRequests.ingest(batch);
              batch = [];
            }
          }
          await store.client.apiRequests.ingest(batch);
          expect(await store.client.sessionOverview.query(march)).toMatchObject([
            {
              session_id: 'session-1',
              request_count: 3,
              total_output: 90 + 50 + 50,
              total_cost_usd: 0.59,
              unpriced_requests: 1,
            },
          ]);
        },
      ),
      { numRuns: 15 },
    );
  });

  const truncate = async () => {
    for (const table of ['api_requests', 'requests']) {
      await fetch(`${store.url}/v0/datasources/${table}/truncate`, {
        method: 'POST',
        headers: { authorization: 'Bearer local' },
      });
    }
  };
});

describe('agent_usage_summary', () => {
  it('joins runs and spend by type; a run without both ends has no duration', async () => {
    const at = (second: number) => `2026-03-02 12:00:${String(second).padStart(2, '0')}.000`;
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ agent_id: 'a', event: 'start', timestamp: at(0) }),
      makeAgentActivationRow({ agent_id: 'a', event: 'stop', timestamp: at(10) }),
      makeAgentActivationRow({ agent_id: 'b', event: 'start', timestamp: at(20) }),
      makeAgentActivationRow({ agent_id: 'b', event: 'stop', timestamp: at(24) }),
      makeAgentActivationRow({ agent_id: 'c', event: 'start', timestamp: at(30) }),
      makeAgentActivationRow({ agent_id: 'd', agent_type: 'reviewer', event: 'stop', timestamp: at(40) }),
    ]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ agent_id: 'a', agent_type: 'Explore', cost_usd: 0.2 }),
      makeApiRequestRow({ agent_id: 'b', agent_type: 'Explore', cost_usd: 0.3 }),
      makeApiRequestRow({ agent_id: 'e', agent_type: 'unseen', cost_usd: null }),
      makeApiRequestRow({ cost_usd: 9 }),
    ]);
    const rows = await store.client.agentUsageSummary.query(march);
    expect(rows).toMatchObject([
      // (10 s + 4 s) / 2; the third run has not stopped
      {
        agent_type: 'Explore',
        invocations: 3,
        total_input: 200,
        total_output: 100,
        total_cache_read: 1_600,
        avg_duration_ms: 7_000,
        est_cost_usd: 0.5,
        unpriced_requests: 0,
      },
      {
        agent_type: 'reviewer',
        invocations: 1,
        total_input: null,
        avg_duration_ms: null,
        est_cost_usd: null,
      },
      { agent_type: 'unseen', invocations: 0, est_cost_usd: null, unpriced_requests: 1 },
    ]);
  });

  it('keeps the first start and the last stop of a run', async () => {
    const start = (timestamp: string, version: number) =>
      makeAgentActivationRow({ event: 'start', timestamp, version });
    const stop = (timestamp: string, version: number) =>
      makeAgentActivationRow({ event: 'stop', timestamp, version });
    await store.client.agentActivations.ingest([
      start('2026-03-02 12:00:00.000', 9),
      stop('2026-03-02 12:00:30.000', 2),
    ]);
    await store.client.agentActivations.ingest([
      start('2026-03-02 12:00:05.000', 8),
      stop('2026-03-02 12:00:20.000', 1),
    ]);
    expect(await store.client.agentUsageSummary.query(march)).toMatchObject([
      { invocations: 1, avg_duration_ms: 30_000 },
    ]);
  });
});

describe('skill_frequency', () => {
  it('rates the calls of the model and leaves typed uses out of the rate', async () => {
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ duration_ms: 10 }),
      makeSkillActivationRow({ duration_ms: 30 }),
      makeSkillActivationRow({ success: false, error_class: 'error', duration_ms: null }),
      makeSkillActivationRow({ trigger: 'typed', success: null, duration_ms: null }),
      makeSkillActivationRow({ skill_name: 'review', trigger: 'typed', success: null, duration_ms: null }),
    ]);
    expect(await store.client.skillFrequency.query(march)).toEqual([
      {
        skill_name: 'release-notes',
        activations: 4,
        successes: 2,
        failures: 1,
        typed: 1,
        success_rate: 2 / 3,
        avg_duration_ms: 20,
      },
      {
        skill_name: 'review',
        activations: 1,
        successes: 0,
        failures: 0,
        typed: 1,
        success_rate: null,
        avg_duration_ms: null,
      },
    ]);
  });

  it('counts a use that is sent again once', async () => {
    const row = makeSkillActivationRow();
    await store.client.skillActivations.ingest([row, row]);
    await store.client.skillActivations.ingest([row]);
    expect(await store.client.skillFrequency.query(march)).toMatchObject([{ activations: 1 }]);
  });
});

describe('session_overview', () => {
  const fill = async () => {
    await store.client.sessionSummaries.ingest([makeSessionSummaryRow({ session_id: 's1' })]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 's1', cost_usd: 0.1 }),
      makeApiRequestRow({ session_id: 's1', cost_usd: 0.2, agent_id: 'a', agent_type: 'Explore' }),
      makeApiRequestRow({ session_id: 's2', cost_usd: null, timestamp: '2026-03-03 00:00:00.000' }),
    ]);
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ session_id: 's1', agent_id: 'a' }),
      makeAgentActivationRow({ session_id: 's1', agent_id: 'b' }),
      makeAgentActivationRow({ session_id: 's1', agent_id: 'c', agent_type: 'reviewer' }),
    ]);
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ session_id: 's1' }),
      makeSkillActivationRow({ session_id: 's1' }),
      makeSkillActivationRow({ session_id: 's1', skill_name: 'review' }),
    ]);
  };

  it('puts together what each table knows of a session, newest first', async () => {
    await fill();
    expect(await store.client.sessionOverview.query(march)).toEqual([
      {
        session_id: 's2',
        project: 'shop-00000001',
        started: '2026-03-03 00:00:00.000',
        last_activity: '2026-03-03 00:00:00.000',
        ended: null,
        status: 'abandoned',
        end_reason: '',
        agents_used: 0,
        skills_used: 0,
        request_count: 1,
        total_input: 100,
        total_output: 50,
        total_cache_read: 800,
        total_cache_creation: 50,
        total_tokens: 1_000,
        total_cost_usd: null,
        unpriced_requests: 1,
        cache_hit_rate: 800 / 950,
        prompts: null,
        tool_calls: null,
        tool_failures: null,
        lines_added: null,
        lines_removed: null,
        commits: null,
      },
      {
        session_id: 's1',
        project: 'shop-00000001',
        started: '2026-03-02 11:00:00.000',
        last_activity: '2026-03-02 12:00:00.000',
        ended: '2026-03-02 12:00:01.000',
        status: 'ended',
        end_reason: 'other',
        agents_used: 2,
        skills_used: 2,
        request_count: 2,
        total_input: 200,
        total_output: 100,
        total_cache_read: 1_600,
        total_cache_creation: 100,
        total_tokens: 2_000,
        total_cost_usd: expect.closeTo(0.3, 12) as number,
        unpriced_requests: 0,
        cache_hit_rate: 1_600 / 1_900,
        prompts: 2,
        tool_calls: 3,
        tool_failures: 1,
        lines_added: null,
        lines_removed: null,
        commits: null,
      },
    ]);
  });

  it('shows a session that is asked for by its id, however old', async () => {
    await fill();
    expect(await store.client.sessionOverview.query({ session_id: 's1' })).toMatchObject([
      { session_id: 's1', request_count: 2 },
    ]);
    expect(await store.client.sessionOverview.query({ session_id: 's1', days: 1 })).toEqual([]);
    expect(await store.client.sessionOverview.query({ session_id: 's1', to: '2026-01-01 00:00:00' })).toEqual(
      [],
    );
  });

  it('shows the newest state of a session', async () => {
    await store.client.sessionSummaries.ingest([
      makeSessionSummaryRow({ version: 2, prompts: 7, ended_at: null }),
    ]);
    await store.client.sessionSummaries.ingest([makeSessionSummaryRow({ version: 1, prompts: 3 })]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([{ prompts: 7, ended: null }]);
  });
});

describe('a session that OpenTelemetry alone saw', () => {
  const at = (second: number) => `2026-03-02 12:00:${String(second).padStart(2, '0')}.000`;
  const heard = (event: string, second: number, more: Parameters<typeof makeTelemetryEventRow>[0] = {}) =>
    makeTelemetryEventRow({
      source: 'otel',
      session_id: 'heard',
      event,
      timestamp: at(second),
      tool_name: '',
      tool_use_id: '',
      status: '',
      ...more,
    });
  const counter = (second: number, name: string, value: number, more: Record<string, string> = {}) => ({
    resource_schema_url: '',
    resource_attributes: {},
    service_name: 'claude-code',
    scope_schema_url: '',
    scope_name: 'com.anthropic.claude_code',
    scope_version: '',
    scope_attributes: {},
    start_timestamp: '2026-03-02T12:00:00Z',
    timestamp: `2026-03-02T12:00:${String(second).padStart(2, '0')}Z`,
    flags: 0,
    metric_name: `claude_code.${name}`,
    metric_description: '',
    metric_unit: '',
    metric_attributes: { 'session.id': 'heard', ...more },
    exemplars_filtered_attributes: [],
    exemplars_timestamp: [],
    exemplars_value: [],
    exemplars_span_id: [],
    exemplars_trace_id: [],
    value,
    aggregation_temporality: 1,
    is_monotonic: true,
  });
  const fill = async () => {
    const events = [
      heard('hook_registered', 1),
      heard('prompt', 2),
      heard('tool_call', 3, { tool_use_id: 'toolu_a', status: 'success' }),
      // A span saw the same call.
      heard('tool_call', 3, { tool_use_id: 'toolu_a', agent_id: 'agent-1' }),
      heard('tool_call', 5, { tool_use_id: 'toolu_b', status: 'failure' }),
      heard('subagent_completed', 20, { agent_type: 'custom', duration_ms: 4_000 }),
      heard('subagent_completed', 30, { agent_type: 'custom', duration_ms: 8_000 }),
      heard('subagent_completed', 31, { agent_type: 'Explore' }),
      heard('skill_activated', 32, {
        skill_name: 'custom_skill',
        payload: '{"invocation_trigger":"user-slash"}',
      }),
      heard('skill_activated', 33, {
        skill_name: 'custom_skill',
        payload: '{"invocation_trigger":"nested-skill"}',
      }),
    ];
    await store.client.telemetryEvents.ingest([...events, ...events.slice(0, 4)]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ source: 'otel', session_id: 'heard', timestamp: at(40), cost_usd: 0.5 }),
      makeApiRequestRow({
        source: 'otel',
        session_id: 'heard',
        timestamp: at(25),
        cost_usd: 0.25,
        agent_type: 'custom',
        is_sidechain: 1,
      }),
    ]);
    const points = [
      counter(50, 'session.count', 1),
      counter(50, 'lines_of_code.count', 12, { type: 'added' }),
      counter(55, 'lines_of_code.count', 3, { type: 'added' }),
      counter(50, 'lines_of_code.count', 4, { type: 'removed' }),
      counter(50, 'commit.count', 1),
    ];
    await store.client.ingest('otel_metrics_sum', [...points, ...points]);
  };

  it('has its times, prompts, tool calls, agents, skills, lines and commits', async () => {
    await fill();
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      {
        session_id: 'heard',
        started: at(1),
        last_activity: at(40),
        ended: null,
        status: 'abandoned',
        agents_used: 2,
        skills_used: 1,
        request_count: 2,
        total_cost_usd: 0.75,
        prompts: 1,
        tool_calls: 2,
        tool_failures: 1,
        lines_added: 15,
        lines_removed: 4,
        commits: 1,
      },
    ]);
    expect(await store.client.agentUsageSummary.query(march)).toMatchObject([
      { agent_type: 'custom', invocations: 2, avg_duration_ms: 6_000, est_cost_usd: 0.25, request_count: 1 },
      { agent_type: 'Explore', invocations: 1, avg_duration_ms: null, est_cost_usd: null, request_count: 0 },
    ]);
    expect(await store.client.skillFrequency.query(march)).toMatchObject([
      { skill_name: 'custom_skill', activations: 2, typed: 1, successes: 0, failures: 0, success_rate: null },
    ]);
  });

  it('counts as a prompt what became one, not a command that the client runs itself', async () => {
    const typed = { payload: '{"prompt_length":9,"command_source":"builtin"}' };
    await store.client.telemetryEvents.ingest([
      heard('prompt', 1, { prompt_id: 'p1', ...typed }),
      heard('prompt', 2, { prompt_id: 'p2' }),
      heard('prompt', 3, { prompt_id: 'p3', ...typed }),
      heard('skill_activated', 4, { prompt_id: 'p3', skill_name: 'custom_skill' }),
    ]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { session_id: 'heard', prompts: 2 },
    ]);
  });

  it('has the own name of a skill where the requests that it led to tell it, and no guess', async () => {
    const used = (second: number, prompt_id: string, skill_name = 'custom_skill') =>
      heard('skill_activated', second, { prompt_id, skill_name });
    const request = (second: number, prompt_id: string, skill_name: string) =>
      makeApiRequestRow({
        source: 'otel',
        session_id: 'heard',
        timestamp: at(second),
        prompt_id,
        skill_name,
      });
    await store.client.telemetryEvents.ingest([
      // p1: `deploy` is heard after the second use alone; the third has no new name.
      used(1, 'p1'),
      used(3, 'p1'),
      used(6, 'p1'),
      // p2: a skill that comes with the client is told by its name.
      used(10, 'p2', 'simplify'),
      // p3: what was heard before a use is not its name.
      used(22, 'p3'),
    ]);
    await store.client.apiRequests.ingest([
      request(2, 'p1', ''),
      request(4, 'p1', 'deploy'),
      request(7, 'p1', 'deploy'),
      request(11, 'p2', 'simplify'),
      request(21, 'p3', 'deploy'),
      request(23, 'p3', 'deploy'),
    ]);
    const skills = await store.client.skillFrequency.query(march);
    expect(skills.map(({ skill_name, activations }) => [skill_name, activations])).toEqual([
      ['custom_skill', 3],
      ['deploy', 1],
      ['simplify', 1],
    ]);
  });

  it('is told by its transcript as soon as there is one, and what OpenTelemetry saw gives way', async () => {
    await fill();
    await store.client.sessionSummaries.ingest([
      makeSessionSummaryRow({
        session_id: 'heard',
        last_activity_at: at(10),
        prompts: 7,
        tool_calls: 9,
        lines_added: 14,
        lines_removed: 0,
      }),
    ]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      {
        session_id: 'heard',
        last_activity: at(10),
        status: 'ended',
        agents_used: 0,
        skills_used: 0,
        request_count: 2,
        prompts: 7,
        tool_calls: 9,
        lines_added: 14,
        lines_removed: 0,
        commits: 1,
      },
    ]);
    expect(await store.client.skillFrequency.query(march)).toEqual([]);
    expect(await store.client.agentUsageSummary.query(march)).toMatchObject([
      { agent_type: 'custom', invocations: 0, est_cost_usd: 0.25 },
    ]);
  });

  it('has its agents and skills from hooks where hooks were heard of it', async () => {
    await fill();
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ source: 'hook', session_id: 'heard', event: 'session_start' }),
    ]);
    expect(await store.client.skillFrequency.query(march)).toEqual([]);
    expect(await store.client.agentUsageSummary.query(march)).toMatchObject([{ invocations: 0 }]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { agents_used: 0, skills_used: 0, prompts: 1, tool_calls: 2 },
    ]);
  });

  it('has its lines from the counter where its transcript cannot tell them', async () => {
    await fill();
    await store.client.sessionSummaries.ingest([makeSessionSummaryRow({ session_id: 'heard' })]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { lines_added: 15, lines_removed: 4 },
    ]);
  });

  it('counts in the window that its last activity is in', async () => {
    await fill();
    const figure = async (from: string, to: string) =>
      (await store.client.usageSummary.query({ from, to })).find(({ metric }) => metric === 'prompts');
    expect(await figure('2026-03-02 00:00:00', '2026-03-03 00:00:00')).toMatchObject({
      value: 1,
      value_before: 0,
    });
    expect(await figure('2026-03-02 12:00:10', '2026-03-02 12:01:00')).toMatchObject({ value: 1 });
    expect(await figure('2026-03-03 00:00:00', '2026-03-04 00:00:00')).toMatchObject({ value_before: 1 });
  });

  it('is left out of usage_summary by otel_alone=0, its requests and tool calls not', async () => {
    await fill();
    const figures = async (params: { otel_alone?: number }) => {
      const rows = await store.client.usageSummary.query({ ...march, ...params });
      const names = ['prompts', 'agent_runs', 'skill_uses', 'requests', 'tool_calls'];
      return names.map((name) => rows.find(({ metric }) => metric === name)?.value);
    };
    expect(await figures({})).toEqual([1, 3, 2, 2, 2]);
    expect(await figures({ otel_alone: 0 })).toEqual([0, 0, 0, 2, 2]);
  });
});

describe('optimization_insights', () => {
  it('scores an agent as its formula says', async () => {
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ agent_id: 'a', event: 'start' }),
      makeAgentActivationRow({ agent_id: 'b', event: 'start' }),
      makeAgentActivationRow({ agent_id: 'c', agent_type: 'free', event: 'start' }),
    ]);
    // 2 runs of 0.75 USD; of 2 × (100 + 800 + 100) prompt tokens 1600 came from the cache
    const request = {
      agent_id: 'a',
      agent_type: 'Explore',
      cost_usd: 0.75,
      input_tokens: 100,
      cache_read_tokens: 800,
      cache_creation_tokens: 100,
      output_tokens: 200,
    };
    await store.client.apiRequests.ingest([
      makeApiRequestRow(request),
      makeApiRequestRow({ ...request, agent_id: 'b' }),
    ]);
    const call = { agent_id: 'a', agent_type: 'Explore' };
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow(call),
      makeTelemetryEventRow(call),
      makeTelemetryEventRow(call),
      makeTelemetryEventRow({ ...call, status: 'failure' }),
      makeTelemetryEventRow({ status: 'failure' }),
    ]);
    const rows = await store.client.optimizationInsights.query(march);
    expect(rows).toMatchObject([
      {
        agent_type: 'Explore',
        frequency: 2,
        avg_cost_per_invocation: 0.75,
        avg_tokens: 1_200,
        cache_hit_rate: 0.8,
        tool_calls: 4,
        tool_failures: 1,
        // cheap 1 / (1 + 0.75 / 0.25) = 0.25, cached 0.8, sound 0.75: 100 × (0.5×0.25 + 0.3×0.8 + 0.2×0.75)
        efficiency_score: expect.closeTo(51.5, 9) as number,
      },
      { agent_type: 'free', frequency: 1, avg_cost_per_invocation: null, efficiency_score: null },
    ]);
  });

  it('scores what is known alone where a part is unknown', async () => {
    await store.client.agentActivations.ingest([makeAgentActivationRow({ agent_id: 'a' })]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({
        agent_id: 'a',
        agent_type: 'Explore',
        cost_usd: null,
        cache_read_tokens: 850,
        cache_creation_tokens: 50,
        input_tokens: 100,
      }),
    ]);
    // Neither price nor tool calls: the cache alone, 850 of 1000.
    expect(await store.client.optimizationInsights.query(march)).toMatchObject([
      { efficiency_score: expect.closeTo(85, 9) as number },
    ]);
  });

  it('counts a tool call that two layers saw once', async () => {
    await store.client.agentActivations.ingest([makeAgentActivationRow({ agent_id: 'a' })]);
    const call = { tool_use_id: 't1', tool_name: 'Bash' };
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ ...call, agent_id: 'a', agent_type: 'Explore', status: 'failure' }),
      makeTelemetryEventRow({
        ...call,
        source: 'otel',
        tool_name: 'custom',
        duration_ms: 12,
        status: 'failure',
      }),
    ]);
    expect(await store.client.optimizationInsights.query(march)).toMatchObject([
      { tool_calls: 1, tool_failures: 1, tool_failure_rate: 1 },
    ]);
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

  it('put every request into exactly one row, and what nobody claims under unattributed', async () => {
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

  it('sum to the same total of everything', async () => {
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

describe('coverage', () => {
  it('tells per session and day what each layer saw, and where the costs differ by more than a hundredth', async () => {
    const both = (key: string, computed: number | null, reported: number | null) => [
      makeApiRequestRow({ request_key: key, request_id: key, cost_usd: computed }),
      makeApiRequestRow({
        request_key: key,
        request_id: key,
        message_id: '',
        source: 'otel',
        cost_usd: reported,
        reported_cost_usd: reported,
      }),
    ];
    await store.client.apiRequests.ingest([
      ...both('agree', 1, 1.0099),
      ...both('differ', 1, 1.0102),
      ...both('unpriced', null, 0.5),
      makeApiRequestRow({ cost_usd: 2 }),
      makeApiRequestRow({ source: 'otel', message_id: '', cost_usd: 4, reported_cost_usd: 4 }),
      makeApiRequestRow({ session_id: 'session-2', timestamp: '2026-03-03 00:00:00.000' }),
    ]);
    expect(await store.client.coverage.query(march)).toMatchObject([
      { session_id: 'session-2', day: '2026-03-03', request_count: 1, seen_by_otel: 0, only_transcript: 1 },
      {
        session_id: 'session-1',
        day: '2026-03-02',
        request_count: 5,
        seen_by_transcript: 4,
        seen_by_otel: 4,
        seen_by_both: 3,
        only_transcript: 1,
        only_otel: 1,
        cost_mismatches: 1,
        // 1 + 1 + 2 + 4: the one that has no list price is unknown, whatever the client reports.
        computed_cost_usd_total: 8,
        total_cost_usd: 8,
        // 1.0099 + 1.0102 + 0.5 + 4
        reported_cost_usd_total: 6.5201,
      },
    ]);
  });
});

describe('session_overview status', () => {
  it('is active until an end or a day of silence', async () => {
    const hoursAgo = (hours: number) =>
      new Date(Date.now() - hours * 3_600_000).toISOString().replace('T', ' ').replace('Z', '');
    const open = (session_id: string, hours: number) =>
      makeSessionSummaryRow({
        session_id,
        timestamp: hoursAgo(hours),
        last_activity_at: hoursAgo(hours),
        ended_at: null,
      });
    await store.client.sessionSummaries.ingest([open('young', 23), open('old', 25)]);
    const rows = await store.client.sessionOverview.query();
    expect(rows.map(({ session_id, status }) => [session_id, status])).toEqual([
      ['young', 'active'],
      ['old', 'abandoned'],
    ]);
  });
});

describe('session_threads', () => {
  it('tells who started whom, how deep and how wide, and who is an orphan', async () => {
    const request = (agent_id: string, parent_agent_id: string, cost_usd: number) =>
      makeApiRequestRow({
        agent_id,
        agent_type: agent_id === '' ? '' : 'Explore',
        parent_agent_id,
        cost_usd,
        is_sidechain: agent_id === '' ? 0 : 1,
      });
    await store.client.apiRequests.ingest([
      request('', '', 1),
      request('a', '', 2),
      request('b', '', 4),
      request('c', 'a', 8),
      request('d', 'c', 16),
      request('e', 'gone', 32),
      makeApiRequestRow({ session_id: 'another', cost_usd: 64 }),
    ]);
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ agent_id: 'a', event: 'start', timestamp: '2026-03-02 11:59:00.000' }),
      makeAgentActivationRow({ agent_id: 'a', event: 'stop', timestamp: '2026-03-02 11:59:30.000' }),
    ]);
    await store.client.telemetryEvents.ingest([
      makeTelemetryEventRow({ agent_id: 'd', status: 'failure' }),
      makeTelemetryEventRow(),
    ]);
    const rows = await store.client.sessionThreads.query({ session_id: 'session-1' });
    expect(
      rows.map((row) => [
        row.agent_id,
        row.agent_type,
        row.depth,
        row.fan_out,
        row.is_orphan,
        row.total_cost_usd,
        row.tool_calls,
      ]),
    ).toEqual([
      ['', 'main', 0, 2 + 0, 0, 1, 1],
      ['a', 'Explore', 1, 1, 0, 2, 0],
      ['b', 'Explore', 1, 0, 0, 4, 0],
      ['e', 'Explore', 1, 0, 1, 32, 0],
      ['c', 'Explore', 2, 1, 0, 8, 0],
      ['d', 'Explore', 3, 0, 0, 16, 1],
    ]);
    expect(rows[1]).toMatchObject({ duration_ms: 30_000, stopped: '2026-03-02 11:59:30.000' });
    expect(rows[5]).toMatchObject({ tool_failures: 1, duration_ms: null });
  });
});

describe('tool_usage', () => {
  it('counts failures by kind, and a call after a failure of its own kind as a retry', async () => {
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
        // The second and the third follow a failure; the fifth is another thread's, the sixth another prompt's.
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

describe('usage_context', () => {
  it('is one row with everything that a session start tells', async () => {
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

  it('is one row of nothing without data', async () => {
    expect(await store.client.usageContext.query()).toMatchObject([
      { sessions: 0, requests: 0, total_cost_usd: null, top_agents: [], failing_tools: [] },
    ]);
  });
});

describe('every question', () => {
  /** What some questions cannot do without. */
  const given = { session_id: 'session-1', task_id: 'task-1' };
  const { mergeRequests, ...definitions } = pipes;
  const questions = Object.keys(definitions) as (keyof typeof definitions)[];

  it.each(questions)('%s refuses a time that is none, in one line that names it', async (question) => {
    await expect(store.client[question].query({ ...given, from: 'yesterday' })).rejects.toMatchObject({
      kind: 'rejected',
      message: expect.stringContaining('yesterday') as string,
    });
  });

  it.each(questions)('%s is not open to injection', async (question) => {
    await expect(
      store.client[question].query({ ...given, project: "'; DROP TABLE requests --" }),
    ).resolves.toBeInstanceOf(Array);
    await expect(
      store.client[question].query({ ...given, days: 'now()' as unknown as number }),
    ).rejects.toMatchObject({
      kind: 'rejected',
    });
  });
});
