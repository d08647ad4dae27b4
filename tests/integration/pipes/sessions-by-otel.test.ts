import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeSessionSummaryRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('a session known only from OpenTelemetry', () => {
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
      // A span reported the same call.
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

  it('a session known only from OpenTelemetry has its times, prompts, tool calls, agents, skills, lines and commits', async () => {
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

  it('only what became a prompt counts as one, not a command that the client runs itself', async () => {
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

  it('a skill has its own name if its requests report it, and no guessed name', async () => {
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
      // p1: `deploy` is reported only after the second use; the third has no new name.
      used(1, 'p1'),
      used(3, 'p1'),
      used(6, 'p1'),
      // p2: a skill that comes with the client is reported by its name.
      used(10, 'p2', 'simplify'),
      // p3: a name that was reported before a use is not the name of that use.
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

  it('as soon as there is a transcript, it replaces what OpenTelemetry reported', async () => {
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

  it('agents and skills of a session come from hooks if there are any', async () => {
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

  it('lines of a session come from the counter if the transcript cannot tell them', async () => {
    await fill();
    await store.client.sessionSummaries.ingest([makeSessionSummaryRow({ session_id: 'heard' })]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      { lines_added: 15, lines_removed: 4 },
    ]);
  });

  it('a session known only from OpenTelemetry counts in the window of its last activity', async () => {
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

  it('otel_alone=0 removes it from usage_summary, but not its requests and tool calls', async () => {
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
