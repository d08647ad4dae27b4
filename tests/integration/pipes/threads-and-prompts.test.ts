import { describe, expect, it } from 'vitest';
import { makeAgentActivationRow, makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const march = { from: '2026-03-02 00:00:00', to: '2026-03-03 00:00:00' };
const at = (minute: number) => `2026-03-02 10:${String(minute).padStart(2, '0')}:00.000`;

describe('thread_topology', () => {
  const agent = (agent_id: string, cost_usd: number | null, parent_agent_id = '') =>
    makeApiRequestRow({
      ...{ timestamp: at(5), agent_id, agent_type: 'Explore', is_sidechain: 1, parent_agent_id, cost_usd },
    });
  const activation = (agent_id: string, event: string, minute: number, more = {}) =>
    makeAgentActivationRow({ agent_id, event, timestamp: at(minute), ...more });

  it('tells depth, fan-out, unresolved subagents and orphans of each session', async () => {
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: at(1), cost_usd: 1 }),
      agent('a', 2),
      agent('b', 4),
      // b started c, and c started d; e says that a subagent which was never seen started it.
      agent('c', 8, 'b'),
      agent('d', null, 'c'),
      agent('e', 16, 'gone'),
      makeApiRequestRow({
        timestamp: at(1),
        cost_usd: 32,
        session_id: 'session-2',
        project: 'till-00000002',
      }),
    ]);
    await store.client.agentActivations.ingest([
      activation('a', 'start', 2),
      activation('a', 'stop', 9),
      // Never stopped, in a session that is silent.
      activation('b', 'start', 2),
      // Started, and without a request.
      activation('f', 'start', 3, { session_id: 'session-3' }),
    ]);
    const rows = await store.client.threadTopology.query(march);
    expect(rows).toMatchObject([
      {
        session_id: 'session-1',
        project: 'shop-00000001',
        subagents: 5,
        max_depth: 3,
        // The main thread: a, b and the orphan e.
        max_fan_out: 3,
        nested: 2,
        unresolved: 1,
        orphans: 1,
        request_count: 6,
        subagent_requests: 5,
        total_cost_usd: 31,
        subagent_cost_usd: 30,
        subagent_cost_share: 30 / 31,
        unpriced_requests: 1,
      },
      { session_id: 'session-3', subagents: 1, max_depth: 1, unresolved: 1, total_cost_usd: null },
      { session_id: 'session-2', subagents: 0, max_depth: 0, max_fan_out: 0, subagent_cost_usd: null },
    ]);
    expect(rows).toHaveLength(3);
    expect(await store.client.threadTopology.query({ ...march, project: 'till-00000002' })).toHaveLength(1);
    expect(await store.client.threadTopology.query({ session_id: 'session-1' })).toEqual([rows[0]]);
  });
});

describe('prompt_effectiveness', () => {
  it('counts the signs of rework after each prompt', async () => {
    const first = { session_id: 'session-1', prompt_id: 'p1' };
    const second = { session_id: 'session-1', prompt_id: 'p2' };
    const call = (minute: number, status: string, of: object, more = {}) =>
      makeTelemetryEventRow({ timestamp: at(minute), status, ...of, ...more });
    const check = (minute: number, status: string, tool_use_id: string) =>
      makeTelemetryEventRow({
        ...{ event: 'check_run', timestamp: at(minute), status, tool_use_id, session_id: 'session-1' },
        payload: JSON.stringify({ check: 'test', place: 0, checks: 1, branch: 'main' }),
      });
    const commit = (hash: string, minute: number, of: object, payload: object = {}) =>
      makeTelemetryEventRow({
        ...{ event: 'commit', commit_hash: hash, event_id: `commit ${hash}`, timestamp: at(minute), ...of },
        payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'main', ...payload }),
      });
    await store.client.apiRequests.ingest([
      makeApiRequestRow({ timestamp: at(1), cost_usd: 1, ...first }),
      makeApiRequestRow({ timestamp: at(2), cost_usd: 2, ...first }),
      makeApiRequestRow({ timestamp: at(11), cost_usd: null, ...second }),
      makeApiRequestRow({ timestamp: at(12), cost_usd: 8, session_id: 'session-2' }),
    ]);
    await store.client.telemetryEvents.ingest([
      call(1, 'success', first, { tool_name: 'Edit' }),
      call(2, 'failure', first, { tool_use_id: 't1' }),
      call(3, 'failure', first, { tool_use_id: 't2' }),
      call(4, 'success', first, { tool_use_id: 't3' }),
      check(2, 'failure', 't1'),
      check(3, 'failure', 't2'),
      check(4, 'success', 't3'),
      commit('aaaaaaa', 5, first),
      call(12, 'success', second),
      commit('bbbbbbb', 13, second, { kind: 'reverted', reverts: 'aaaaaaa', evidence: 'hash' }),
    ]);
    expect(await store.client.promptEffectiveness.query(march)).toMatchObject([
      {
        ...first,
        request_count: 2,
        total_cost_usd: 3,
        tool_calls: 4,
        tool_failures: 2,
        retries: 2,
        edits: 1,
        passed_checks: 1,
        failed_checks: 2,
        last_check: 'success',
        commits: 1,
        reverted_commits: 1,
        rework: 5,
      },
      {
        ...second,
        total_cost_usd: null,
        unpriced_requests: 1,
        tool_calls: 1,
        retries: 0,
        failed_checks: 0,
        last_check: '',
        commits: 1,
        reverted_commits: 0,
        rework: 0,
      },
    ]);
  });
});
