import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();
const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (minute: number) => `2026-03-02 10:${String(minute).padStart(2, '0')}:00.000`;

/** A tool call of session-1: its name, its class of failure (empty: a success), its minute. */
const call = (name: string, failure: string, minute: number, more = {}) =>
  makeTelemetryEventRow({
    event_id: `call ${name} ${minute}`,
    tool_name: name,
    tool_use_id: `${name}-${minute}`,
    timestamp: at(minute),
    status: failure === '' ? 'success' : 'failure',
    error_class: failure,
    model: 'claude-opus-4-8',
    ...more,
  });

const check = (minute: number, status: string) =>
  makeTelemetryEventRow({
    event: 'check_run',
    event_id: `check ${minute}`,
    tool_use_id: `check-${minute}`,
    timestamp: at(minute),
    status,
    payload: JSON.stringify({ check: 'test', place: 0, checks: 1, answered_after_ms: 1_000 }),
  });

/** The same numbers between 0 and 1 at each call (xorshift). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const request = (cost: number, minute: number, more = {}) =>
  makeApiRequestRow({ cost_usd: cost, timestamp: at(minute), ...more });

describe('loops', () => {
  it('finds a tool that fails four times in a row in the same way, and what that cost', async () => {
    await store.client.telemetryEvents.ingest([
      ...[1, 2, 3, 5].map((minute) => call('Edit', 'error', minute)),
      call('Read', '', 4),
      call('Edit', '', 7),
    ]);
    await store.client.apiRequests.ingest([
      // It made the first call; the next three are the loop; the last comes after it.
      request(1, 1),
      request(2, 2),
      request(4, 3),
      request(8, 5),
      request(16, 6),
      request(32, 3, { agent_id: 'a', agent_type: 'reviewer', is_sidechain: 1 }),
    ]);
    expect(await store.client.loops.query(march)).toEqual([
      {
        kind: 'same_failure',
        session_id: 'session-1',
        project: 'shop-00000001',
        agent_id: '',
        agent_type: '',
        tool_name: 'Edit',
        check: '',
        error_class: 'error',
        times: 4,
        first_at: at(1),
        last_at: at(5),
        is_resolved: 1,
        request_count: 3,
        cost_usd: 14,
        unpriced_requests: 0,
      },
    ]);
  });

  it.each([
    ['three failures', [1, 2, 3].map((minute) => call('Edit', 'error', minute))],
    [
      'a success in between',
      [1, 2, 3, 4, 5].map((minute) => call('Edit', minute === 3 ? '' : 'error', minute)),
    ],
    [
      'another failure in between',
      [1, 2, 3, 4, 5].map((n) => call('Bash', n === 3 ? 'exit_2' : 'exit_1', n)),
    ],
    [
      'another prompt',
      [1, 2, 3, 4].map((n) => call('Edit', 'error', n, { prompt_id: n < 3 ? 'one' : 'two' })),
    ],
    ['another thread', [1, 2, 3, 4].map((n) => call('Edit', 'error', n, { agent_id: n < 3 ? '' : 'a' }))],
  ])('%s: no loop', async (_, rows) => {
    await store.client.telemetryEvents.ingest(rows);
    expect(await store.client.loops.query(march)).toEqual([]);
  });

  it('finds checks that fail again after each edit; a failure without an edit before it is no turn', async () => {
    const edits = [2, 4, 8, 12].map((minute) => call('Write', '', minute));
    const failures = [1, 3, 5, 6, 9].map((minute) => check(minute, 'failure'));
    await store.client.telemetryEvents.ingest([...edits, ...failures]);
    await store.client.apiRequests.ingest([request(1, 1), request(2, 4), request(4, 9), request(8, 10)]);
    expect(await store.client.loops.query(march)).toMatchObject([
      {
        kind: 'edit_fail',
        check: 'test',
        tool_name: '',
        times: 4,
        first_at: at(1),
        last_at: at(9),
        is_resolved: 0,
        request_count: 2,
        cost_usd: 6,
      },
    ]);
    await store.client.telemetryEvents.ingest([check(7, 'success')]);
    expect(await store.client.loops.query(march)).toEqual([]);
  });

  it('finds nothing in a generated year of 20,000 calls of which one in thirty fails', async () => {
    const random = seeded(20_261_130);
    const rows = Array.from({ length: 20_000 }, (_, n) => {
      const moment = new Date(Date.UTC(2026, 0, 1) + n * 1_500_000).toISOString();
      const failed = random() < 1 / 30;
      const isCheck = n % 10 === 0;
      return makeTelemetryEventRow({
        event_id: `year ${n}`,
        session_id: `session-${Math.floor(n / 200)}`,
        prompt_id: `prompt-${Math.floor(n / 40)}`,
        tool_name: ['Bash', 'Read', 'Edit', 'Grep'][Math.floor(random() * 4)] ?? 'Bash',
        tool_use_id: `year-${n}`,
        timestamp: moment.replace('T', ' ').replace('Z', ''),
        status: failed ? 'failure' : 'success',
        error_class: failed ? 'exit_1' : '',
        ...(isCheck && {
          event: 'check_run',
          payload: JSON.stringify({ check: 'test', place: 0, checks: 1, answered_after_ms: 1_000 }),
        }),
      });
    });
    // A request of the API may have 10 MB.
    for (let n = 0; n < rows.length; n += 5_000)
      await store.client.telemetryEvents.ingest(rows.slice(n, n + 5_000));
    const year = { from: '2026-01-01 00:00:00', to: '2027-01-01 00:00:00' };
    const tools = await store.client.toolUsage.query(year);
    expect(tools.reduce((sum, { failures }) => sum + failures, 0)).toBeGreaterThan(500);
    expect(await store.client.loops.query(year)).toEqual([]);
  });
});

it('reliability_matrix has every failed call in one row: of its tool, its model and its class', async () => {
  await store.client.telemetryEvents.ingest([
    call('Bash', 'exit_1', 1),
    call('Bash', 'exit_1', 2, { session_id: 'session-2' }),
    call('Bash', 'timeout', 3),
    call('Bash', '', 4),
    call('Bash', 'exit_1', 5, { model: 'claude-haiku-4-5-20251001' }),
    call('Read', '', 6),
    call('Edit', 'error', 7, { model: '', error_class: '' }),
  ]);
  const rows = await store.client.reliabilityMatrix.query(march);
  expect(
    rows.map((row) => [
      row.tool_name,
      row.model,
      row.error_class,
      row.failures,
      row.calls,
      row.failed_sessions,
    ]),
  ).toEqual([
    ['Bash', 'claude-opus-4-8', 'exit_1', 2, 4, 2],
    ['Bash', 'claude-opus-4-8', 'timeout', 1, 4, 1],
    ['Bash', 'claude-haiku-4-5-20251001', 'exit_1', 1, 1, 1],
    ['Edit', 'unknown', 'unknown', 1, 1, 1],
    ['Read', 'claude-opus-4-8', '', 0, 1, 0],
  ]);
  expect(rows[0]?.failure_rate).toBe(0.5);
});
