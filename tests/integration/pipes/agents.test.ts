import { describe, expect, it } from 'vitest';
import { makeAgentActivationRow, makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

/** Contains the rows of the factories, which are on 2 March at noon. */
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };

describe('agent_usage_summary', () => {
  it('runs and costs are joined by type; a run without start or stop has no duration', async () => {
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

  it('a run has its first start and its last stop', async () => {
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

describe('optimization_insights', () => {
  it('the score of an agent follows its formula', async () => {
    await store.client.agentActivations.ingest([
      makeAgentActivationRow({ agent_id: 'a', event: 'start' }),
      makeAgentActivationRow({ agent_id: 'b', event: 'start' }),
      makeAgentActivationRow({ agent_id: 'c', agent_type: 'free', event: 'start' }),
    ]);
    // 2 runs of 0.75 USD; of 2 × (100 + 800 + 100) prompt tokens, 1600 came from the cache
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

  it('if a part is unknown, the score uses the known parts', async () => {
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
    // Neither price nor tool calls are known: only the cache, 850 of 1000.
    expect(await store.client.optimizationInsights.query(march)).toMatchObject([
      { efficiency_score: expect.closeTo(85, 9) as number },
    ]);
  });

  it('a tool call that two layers report is counted once', async () => {
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
