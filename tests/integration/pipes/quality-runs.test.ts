import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (minute: number, second = 0) =>
  `2026-03-02 10:${String(minute).padStart(2, '0')}:${String(second).padStart(2, '0')}.000`;

let calls = 0;

/** A check of session-1 that took ten seconds, the only one of its call unless said otherwise. */
const run = (check: string, status: string, minute: number, payload: object = {}, more = {}) => {
  calls += 1;
  return makeTelemetryEventRow({
    event: 'check_run',
    event_id: `check ${calls}`,
    tool_name: 'Bash',
    tool_use_id: `call-${calls}`,
    timestamp: at(minute),
    status,
    error_class: status === 'failure' ? 'exit_1' : '',
    payload: JSON.stringify({
      check,
      place: 0,
      checks: 1,
      answered_after_ms: 10_000,
      branch: 'main',
      ...payload,
    }),
    ...more,
  });
};

const request = (cost: number | null, minute: number, second = 0, more = {}) =>
  makeApiRequestRow({ cost_usd: cost, timestamp: at(minute, second), ...more });

const commit = (hash: string, minute: number, more = {}) =>
  makeTelemetryEventRow({
    event: 'commit',
    event_id: `commit ${hash}`,
    commit_hash: hash,
    timestamp: at(minute),
    payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'main' }),
    ...more,
  });

const second = { session_id: 'session-2', project: 'till-2' };

/**
 * Session 1: the test fails, fails again, passes (a mend), passes, fails at the end; lint passes at once. Session 2: lint
 * with an unknown outcome, then a failure that is never mended. Each cost is a power of two.
 */
const fill = async () => {
  await store.client.apiRequests.ingest([
    request(1, 0),
    // The call began at 1:00 and failed at 1:10: what was asked meanwhile is no part of the mend.
    request(2, 1, 10),
    request(4, 1, 11),
    request(8, 2, 30, { agent_id: 'a', agent_type: 'reviewer', is_sidechain: 1 }),
    request(null, 2, 40),
    // It made the call that passed.
    request(16, 3),
    request(32, 3, 1),
    request(64, 2, 30, second),
  ]);
  await store.client.telemetryEvents.ingest([
    run('test', 'failure', 1),
    run('test', 'failure', 2, {}, { error_class: 'exit_2' }),
    run('test', 'success', 3),
    run('lint', 'success', 3),
    run('test', 'success', 5, { branch: 'feature/x' }),
    run('test', 'failure', 6, { branch: 'feature/x', checks: 2 }),
    run('build', '', 7, { checks: 2, place: 1 }),
    run('lint', '', 1, { branch: '' }, second),
    run('lint', 'failure', 2, { branch: '' }, second),
    commit('aaaaaaa', 4),
  ]);
};

describe('quality_runs', () => {
  it('counts the runs of each class, their tries, their time and what mending them cost', async () => {
    await fill();
    const rows = await store.client.qualityRuns.query(march);
    expect(rows).toEqual([
      {
        check: 'test',
        session_id: '',
        project: '',
        branch: '',
        commit_hash: '',
        runs: 5,
        passed: 2,
        failed: 3,
        unknown: 0,
        failure_rate: 0.6,
        failure_classes: [
          ['exit_1', 2],
          ['exit_2', 1],
        ],
        sessions: 1,
        green_sessions: 1,
        first_try_sessions: 0,
        red_sessions: 1,
        tries_to_green: 3,
        mends: 1,
        mend_requests: 4,
        mend_cost_usd: 4 + 8 + 16,
        unpriced_mend_requests: 1,
        // The last one shares its call with a build.
        timed_runs: 4,
        total_duration_ms: 40_000,
        first_at: at(1),
        last_at: at(6),
      },
      expect.objectContaining({
        check: 'lint',
        runs: 3,
        passed: 1,
        failed: 1,
        unknown: 1,
        failure_rate: 0.5,
        sessions: 2,
        green_sessions: 1,
        first_try_sessions: 1,
        red_sessions: 1,
        tries_to_green: 1,
        mends: 0,
        mend_requests: 0,
        mend_cost_usd: null,
        timed_runs: 2,
      }),
      expect.objectContaining({
        check: 'build',
        runs: 1,
        unknown: 1,
        failure_rate: null,
        failure_classes: [],
        green_sessions: 0,
        red_sessions: 0,
        tries_to_green: null,
        timed_runs: 0,
        total_duration_ms: null,
      }),
    ]);
  });

  it('a duration that a hook measured is the time of the check', async () => {
    const one = run('test', 'success', 1);
    await store.client.telemetryEvents.ingest([
      one,
      makeTelemetryEventRow({
        event_id: 'measured',
        source: 'hook',
        tool_name: 'Bash',
        tool_use_id: one.tool_use_id,
        timestamp: at(1, 9),
        duration_ms: 8_500,
      }),
    ]);
    expect(await store.client.qualityRuns.query(march)).toMatchObject([
      { timed_runs: 1, total_duration_ms: 8_500 },
    ]);
  });

  it.each([
    [
      'session',
      [
        ['session-1', 'shop-00000001', '', '', 'test', 5],
        ['session-1', 'shop-00000001', '', '', 'lint', 1],
        ['session-1', 'shop-00000001', '', '', 'build', 1],
        ['session-2', 'till-2', '', '', 'lint', 2],
      ],
    ],
    [
      'branch',
      [
        ['', 'shop-00000001', 'main', '', 'test', 3],
        ['', 'shop-00000001', 'main', '', 'lint', 1],
        ['', 'shop-00000001', 'main', '', 'build', 1],
        ['', 'shop-00000001', 'feature/x', '', 'test', 2],
        ['', 'till-2', 'unattributed', '', 'lint', 2],
      ],
    ],
    [
      'commit',
      [
        ['session-1', 'shop-00000001', 'main', 'aaaaaaa', 'test', 3],
        ['session-1', 'shop-00000001', 'main', 'aaaaaaa', 'lint', 1],
        ['', '', '', 'unattributed', 'test', 2],
        ['', '', '', 'unattributed', 'lint', 2],
        ['', '', '', 'unattributed', 'build', 1],
      ],
    ],
  ] as const)('grouped by %s, every check is in one row', async (group_by, expected) => {
    await fill();
    const rows = await store.client.qualityRuns.query({ ...march, group_by });
    expect(
      rows.map((row) => [row.session_id, row.project, row.branch, row.commit_hash, row.check, row.runs]),
    ).toEqual(expected);
    const mended = rows.filter(({ mends }) => mends > 0);
    expect(mended).toMatchObject([{ check: 'test', mends: 1, mend_cost_usd: 28 }]);
  });

  it('filters by session, branch and project', async () => {
    await fill();
    const ask = async (given: object) =>
      (await store.client.qualityRuns.query({ ...march, ...given })).map(({ check, runs }) => [check, runs]);
    expect(await ask({ session_id: 'session-2' })).toEqual([['lint', 2]]);
    expect(await ask({ branch: 'feature/x' })).toEqual([['test', 2]]);
    expect(await ask({ branch: 'unattributed' })).toEqual([['lint', 2]]);
    expect(await ask({ project: 'till-2' })).toEqual([['lint', 2]]);
    // A session is shown whole, however old.
    expect(await store.client.qualityRuns.query({ session_id: 'session-2' })).toHaveLength(1);
  });

  it('refuses a grouping that it does not have', async () => {
    await expect(store.client.qualityRuns.query({ ...march, group_by: 'weekday' })).rejects.toThrow(
      'group_by takes class, session, branch, commit',
    );
  });
});
