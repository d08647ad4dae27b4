import { describe, expect, it } from 'vitest';
import {
  makeAgentActivationRow,
  makeApiRequestRow,
  makeSessionSummaryRow,
  makeTelemetryEventRow,
} from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (second: number) => `2026-03-02 12:00:${String(second).padStart(2, '0')}.000`;

/** What a hook reports of the end of a session that writes no transcript. */
const ended = () =>
  makeSessionSummaryRow({
    session_id: 'bare',
    timestamp: at(30),
    started_at: null,
    last_activity_at: null,
    ended_at: at(30),
    end_reason: 'other',
    prompts: 0,
    tool_calls: 0,
    tool_failures: 0,
  });
const told = (event: string, second: number, more: Parameters<typeof makeTelemetryEventRow>[0] = {}) =>
  makeTelemetryEventRow({
    session_id: 'bare',
    event,
    timestamp: at(second),
    tool_name: '',
    tool_use_id: '',
    status: '',
    ...more,
  });

const overview = async () => (await store.client.sessionOverview.query(march))[0];
const prompts = async () =>
  (await store.client.usageSummary.query(march)).find(({ metric }) => metric === 'prompts')?.value;

describe('a session without a transcript', () => {
  it('a session that only its end tells of has unknown prompts and tool calls', async () => {
    await store.client.sessionSummaries.ingest([ended()]);
    expect(await overview()).toMatchObject({
      session_id: 'bare',
      status: 'ended',
      ended: at(30),
      end_reason: 'other',
      prompts: null,
      tool_calls: null,
      tool_failures: null,
    });
    expect(await prompts()).toBeNull();
  });

  it('a session without a transcript has the prompts and tool calls that hooks and OpenTelemetry reported', async () => {
    await store.client.sessionSummaries.ingest([ended()]);
    await store.client.telemetryEvents.ingest([
      told('session_start', 1, { source: 'hook' }),
      told('prompt', 2, { source: 'hook', prompt_id: 'p', event_id: 'same' }),
      told('prompt', 2, { source: 'otel', prompt_id: 'p', event_id: 'same', version: 0 }),
      told('tool_call', 3, { source: 'hook', tool_use_id: 'a', status: 'success' }),
      told('tool_call', 3, { source: 'otel', tool_use_id: 'a', status: 'success' }),
      told('tool_call', 4, { source: 'otel', tool_use_id: 'b', status: 'failure' }),
      told('session_end', 30, { source: 'hook' }),
    ]);
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ session_id: 'bare', source: 'otel', timestamp: at(5), cost_usd: 0.1 }),
    ]);
    expect(await store.client.sessionOverview.query(march)).toMatchObject([
      {
        session_id: 'bare',
        started: at(1),
        last_activity: at(30),
        status: 'ended',
        request_count: 1,
        total_cost_usd: 0.1,
        prompts: 1,
        tool_calls: 2,
        tool_failures: 1,
      },
    ]);
    expect(await prompts()).toBe(1);
    const spans = await store.client.sessionSpans.query({ session_id: 'bare' });
    expect(spans.filter(({ kind }) => kind === 'session')).toMatchObject([
      { started: at(1), ended: at(30), status: 'ended' },
    ]);
  });
});

it('the stop of a compaction is no subagent', async () => {
  const stop = { session_id: 's', timestamp: at(9), event: 'stop' };
  await store.client.agentActivations.ingest([
    makeAgentActivationRow({ ...stop, agent_id: 'compact', agent_type: '' }),
    makeAgentActivationRow({ ...stop, agent_id: 'x', agent_type: 'Explore' }),
  ]);
  expect(await store.client.agentUsageSummary.query(march)).toMatchObject([
    { agent_type: 'Explore', invocations: 1 },
  ]);
  const steps = await store.client.sessionTimeline.query({ session_id: 's' });
  expect(steps.filter(({ kind }) => kind === 'agent').map(({ agent_id }) => agent_id)).toEqual(['x']);
});

it('a timeline does not show what the client does at each start', async () => {
  const names = [
    'plugin_loaded',
    'managed_settings_resolved',
    'retention_sweep',
    'hook_registered',
    'compaction',
  ];
  await store.client.telemetryEvents.ingest(
    names.map((event, second) => told(event, second + 1, { source: 'otel' })),
  );
  const steps = await store.client.sessionTimeline.query({ session_id: 'bare' });
  expect(steps.filter(({ kind }) => kind === 'event').map(({ name }) => name)).toEqual(['compaction']);
});
