import { describe, expect, it } from 'vitest';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSkillActivationRow,
  makeTelemetryEventRow,
} from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Rows of a timeline in short form: prompt, kind, name, second, and the cost in the format of `costOf`. */
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
  it('at the same moment, a skill that the model called stands after its request, and a typed one before', async () => {
    const timestamp = '2026-03-02 12:00:02.000';
    const here = { timestamp, prompt_id: 'p1' };
    await store.client.apiRequests.ingest([makeApiRequestRow(here)]);
    await store.client.skillActivations.ingest([
      makeSkillActivationRow({ ...here, tool_use_id: 'toolu_called' }),
      makeSkillActivationRow({
        ...here,
        ...{ skill_name: 'audit', trigger: 'typed', tool_use_id: '', success: null },
      }),
    ]);
    const rows = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    expect(rows.map(({ kind, name }) => [kind, name])).toEqual([
      ['prompt', ''],
      ['skill', 'audit'],
      ['request', 'claude-opus-4-8'],
      ['skill', 'release-notes'],
    ]);
  });

  it("each step of a timeline is under its prompt, and the prompt's sum includes its subagents", async () => {
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
      // The hook ran after the call; the step has the time of the call.
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
  it('the timeline from OpenTelemetry has actions and refusals, but no internal events of hooks and no duplicates of other rows', async () => {
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

describe('events that say what changed', () => {
  const event = (second: number, name: string, more: { payload?: object; pr_number?: number } = {}) =>
    makeTelemetryEventRow({
      source: 'hook',
      timestamp: `2026-03-02 12:00:${String(second).padStart(2, '0')}.000`,
      prompt_id: 'p1',
      event: name,
      status: '',
      tool_name: '',
      tool_use_id: '',
      pr_number: more.pr_number ?? null,
      payload: JSON.stringify(more.payload ?? {}),
    });

  it('a change of the model and a pull request are named by what they changed, each once', async () => {
    const models = { from_model: 'claude-opus-4-8', to_model: 'claude-opus-5-5' };
    await store.client.telemetryEvents.ingest([
      event(1, 'pre_model_switch', { payload: models }),
      event(2, 'post_model_switch', { payload: models }),
      event(3, 'pull_request', { pr_number: 13 }),
      event(4, 'stop_hooks'),
      event(5, 'api_retry'),
    ]);
    const rows = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    expect(rows.filter(({ kind }) => kind === 'event').map(({ name }) => name)).toEqual([
      'model_switch claude-opus-4-8 → claude-opus-5-5',
      'pull_request #13',
      'api_retry',
    ]);
  });
});

describe('a command that the client runs itself, which OpenTelemetry reports as a prompt', () => {
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
  // In the order in which client 2.1.197 reports them.
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

  it('a command of the client is not a prompt of the timeline, which has as many prompts as the session', async () => {
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

  it('a command of the client is not a prompt span either, and its steps belong to the session', async () => {
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

  it('a command of the client is a prompt if a hook reported that it was submitted', async () => {
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

it('steps of one kind and time stand in the order of their sequence; those without one come last', async () => {
  const call = (tool_name: string, sequence: number | null, source = 'transcript') =>
    makeTelemetryEventRow({
      timestamp: '2026-03-02 12:00:02.000',
      prompt_id: 'p1',
      tool_name,
      sequence,
      source,
    });
  const rows = [
    call('Write', 2),
    call('Bash', 10),
    call('Read', 1),
    call('Agent', null, 'hook'),
    makeTelemetryEventRow({
      ...{ timestamp: '2026-03-02 12:00:02.000', prompt_id: 'p1' },
      ...{ event: 'compaction', sequence: 5, source: 'otel', tool_name: '', tool_use_id: '' },
    }),
    makeTelemetryEventRow({
      ...{ timestamp: '2026-03-02 12:00:02.000', prompt_id: 'p1' },
      ...{ event: 'api_error', sequence: 6, source: 'otel', tool_name: '', tool_use_id: '' },
    }),
  ];
  const expected = [
    ['prompt', '', null],
    ['event', 'compaction', 5],
    ['event', 'api_error', 6],
    ['tool', 'Read', 1],
    ['tool', 'Write', 2],
    ['tool', 'Bash', 10],
    ['tool', 'Agent', null],
  ];
  for (const some of [rows, [...rows].reverse(), [...rows, ...rows]]) {
    await store.clear();
    for (const one of some) await store.client.telemetryEvents.ingest([one]);
    const steps = await store.client.sessionTimeline.query({ session_id: 'session-1' });
    expect(steps.map(({ kind, name, sequence }) => [kind, name, sequence])).toEqual(expected);
  }
});
