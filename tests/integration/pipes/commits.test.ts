import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (minute: number, day = 2) =>
  `2026-03-${String(day).padStart(2, '0')} 10:${String(minute).padStart(2, '0')}:00.000`;

/** A commit of the main conversation of session-1, unless said otherwise. */
const commit = (hash: string, minute: number, payload: object = {}, more = {}) =>
  makeTelemetryEventRow({
    event: 'commit',
    event_id: `commit ${hash}`,
    commit_hash: hash,
    timestamp: at(minute),
    payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'main', ...payload }),
    ...more,
  });

const request = (cost: number | null, minute: number, more = {}) =>
  makeApiRequestRow({ cost_usd: cost, timestamp: at(minute), ...more });

const reviewer = { agent_id: 'a', agent_type: 'reviewer', is_sidechain: 1 };

/** Each cost is a power of two, so that a sum tells which requests are in it. */
const fill = async () => {
  await store.client.apiRequests.ingest([
    request(1, 0),
    request(2, 1, { ...reviewer, agent_id: 'other' }),
    request(4, 3),
    request(8, 5),
    request(16, 7, reviewer),
    request(32, 9, reviewer),
    request(64, 9),
    request(128, 11, { git_branch: 'feature/x' }),
    request(256, 0, { session_id: 'session-2', git_branch: '' }),
    request(512, 0, { session_id: 'session-3', project: 'till-2' }),
    request(null, 3, { model: 'claude-unheard-of' }),
  ]);
  await store.client.telemetryEvents.ingest([
    commit('aaaaaaa', 2, { files: 2, lines_added: 10, lines_removed: 3 }),
    commit('bbbbbbb', 4),
    commit('ccccccc', 4, { place: 1 }),
    commit('ccccccd', 4, { place: 2 }),
    commit('ddddddd', 6, { kind: 'amended', replaces: 'ccccccc', first: 'ccccccc', evidence: 'order' }),
    commit('eeeeeee', 8, { branch: '' }, reviewer),
    commit('fffffff', 10, { kind: 'reverted', reverts: 'aaaaaaa0123456789', evidence: 'hash' }),
    commit('1111111', 0, {}, { session_id: 'session-3', project: 'till-2', timestamp: at(0, 10) }),
  ]);
};

const withoutCost = { request_count: 0, total_cost_usd: null };

describe('cost_by_commit', () => {
  it('a commit owns the requests of its thread since the commit before; the rest is unattributed', async () => {
    await fill();
    const rows = await store.client.costByCommit.query(march);
    expect(rows).toMatchObject([
      // Eight days after the only request of its session.
      { commit_hash: '1111111', session_id: 'session-3', project: 'till-2', ...withoutCost },
      // The reviewer's request after its own last commit is part of it.
      { commit_hash: 'fffffff', kind: 'reverted', reverts: 'aaaaaaa0123456789', total_cost_usd: 96 },
      { commit_hash: 'eeeeeee', agent_type: 'reviewer', branch: '', total_cost_usd: 16 },
      {
        commit_hash: 'ddddddd',
        kind: 'amended',
        replaced_commits: ['ccccccc'],
        counted_with: '',
        confidence: 0.8,
        total_cost_usd: 8,
      },
      { commit_hash: 'bbbbbbb', counted_with: '', total_cost_usd: 4, request_count: 2, unpriced_requests: 1 },
      { commit_hash: 'ccccccd', counted_with: 'bbbbbbb', ...withoutCost },
      {
        commit_hash: 'aaaaaaa',
        agent_type: 'main',
        branch: 'main',
        committed_at: '2026-03-02 10:02:00.000',
        files: 2,
        lines_added: 10,
        lines_removed: 3,
        reverted_by: 'fffffff',
        confidence: 1,
        // The subagent made no commit, so its request is the main conversation's.
        total_cost_usd: 3,
        total_tokens: 2_000,
      },
      {
        commit_hash: 'unattributed',
        session_id: '',
        project: '',
        kind: '',
        committed_at: null,
        confidence: null,
        total_cost_usd: 128 + 256 + 512,
      },
    ]);
    expect(rows).toHaveLength(8);
  });

  it('the owner of a request does not depend on the window: a commit after its end counts', async () => {
    await fill();
    const until = (to: string) => store.client.costByCommit.query({ from: march.from, to });
    expect(await until('2026-03-02 10:02:00')).toMatchObject([
      { commit_hash: 'aaaaaaa', total_cost_usd: 3, reverted_by: 'fffffff' },
      { commit_hash: 'unattributed', total_cost_usd: 768 },
    ]);
    // Only the amended commit is left of those that replaced one another.
    expect(await until('2026-03-02 10:05:00')).toMatchObject([
      { commit_hash: 'bbbbbbb' },
      { commit_hash: 'ccccccd' },
      { commit_hash: 'aaaaaaa' },
      { commit_hash: 'unattributed' },
    ]);
  });

  it('of a session are its commits and requests, also if they are older than the window', async () => {
    await fill();
    const rows = await store.client.costByCommit.query({ session_id: 'session-3' });
    expect(rows).toMatchObject([
      { commit_hash: '1111111', ...withoutCost },
      { commit_hash: 'unattributed', total_cost_usd: 512 },
    ]);
  });

  it('of a project are its commits and requests', async () => {
    await fill();
    expect(await store.client.costByCommit.query({ ...march, project: 'till-2' })).toMatchObject([
      { commit_hash: '1111111', ...withoutCost },
      { commit_hash: 'unattributed', total_cost_usd: 512 },
    ]);
  });
});

it('a revert in a later session marks the commit, a revert in another project does not', async () => {
  const later = { session_id: 'session-2', timestamp: at(0, 20) };
  const undo = { kind: 'reverted', reverts: 'aaaaaaa', evidence: 'hash' };
  await store.client.telemetryEvents.ingest([
    commit('aaaaaaa', 2),
    commit('9999999', 0, undo, { ...later, project: 'till-2' }),
  ]);
  const ofA = async () =>
    (await store.client.costByCommit.query(march)).find((row) => row.commit_hash === 'aaaaaaa');
  expect(await ofA()).toMatchObject({ reverted_by: '' });
  await store.client.telemetryEvents.ingest([commit('8888888', 0, undo, later)]);
  expect(await ofA()).toMatchObject({ reverted_by: '8888888' });
});

it('cost_by_branch has a row per project and branch; requests without a branch are unattributed', async () => {
  await fill();
  const rows = await store.client.costByBranch.query(march);
  expect(rows.map((row) => [row.project_name, row.branch, row.total_cost_usd])).toEqual([
    ['till-2', 'main', 512],
    ['shop-00000001', 'unattributed', 256],
    ['shop-00000001', 'feature/x', 128],
    ['shop-00000001', 'main', 127],
  ]);
});

it.each([{}, { project: 'shop-00000001' }, { from: '2026-03-02 10:03:00', to: '2026-03-02 10:10:00' }])(
  'commits, branches and models sum to the same total for %j',
  async (filter) => {
    await fill();
    // Amounts that binary fractions cannot hold.
    await store.client.apiRequests.ingest(
      Array.from({ length: 200 }, (_, n) => request(0.1 + n / 1_000, n % 12, n % 3 === 0 ? reviewer : {})),
    );
    const window = { ...march, ...filter };
    const sum = (rows: { total_cost_usd: number | null; request_count: number }[]) => ({
      cost: rows.reduce((total, row) => total + (row.total_cost_usd ?? 0), 0),
      requests: rows.reduce((total, row) => total + row.request_count, 0),
    });
    const [models, commits, branches] = [
      sum(await store.client.costByModel.query(window)),
      sum(await store.client.costByCommit.query(window)),
      sum(await store.client.costByBranch.query(window)),
    ];
    expect(models.requests).toBeGreaterThan(100);
    for (const other of [commits, branches]) {
      expect(other.requests).toBe(models.requests);
      expect(Math.abs(other.cost - models.cost)).toBeLessThan(1e-9);
    }
  },
);

it('a commit of the log is that of the session to which git printed it, else of the call that is believed most', async () => {
  await store.client.telemetryEvents.ingest([
    // session-1 ran a script while session-2 committed, and printed the hash with more digits.
    commit('aaaaaaa111', 1, { found: 'log_of_script' }),
    commit('aaaaaaa11', 2, {}, { session_id: 'session-2' }),
    commit('bbbbbbb111', 3, { found: 'log_of_script' }, { event_id: 'script b' }),
    commit('bbbbbbb111', 4, { found: 'log' }, { session_id: 'session-2' }),
    // The same hash of another project is another commit.
    commit('aaaaaaa222', 5, { found: 'log' }, { session_id: 'session-3', project: 'till-2' }),
  ]);
  const rows = await store.client.costByCommit.query(march);
  expect(rows.map((row) => [row.commit_hash, row.session_id, row.confidence])).toEqual([
    ['aaaaaaa222', 'session-3', 0.9],
    ['bbbbbbb111', 'session-2', 0.9],
    ['aaaaaaa11', 'session-2', 1],
  ]);
});

it('a copy of a commit does not make the session that made it longer', async () => {
  await store.client.apiRequests.ingest([request(1, 0)]);
  await store.client.telemetryEvents.ingest([
    commit('aaaaaaa', 2),
    makeTelemetryEventRow({
      ...{ event: 'commit_copy', event_id: 'copy', source: 'git', commit_hash: '1111111111' },
      ...{ timestamp: at(50, 9), payload: JSON.stringify({ of: 'aaaaaaa', how: 'patch' }) },
    }),
  ]);
  expect(await store.client.sql('SELECT toString(max(last_at)) AS last_at FROM session_bounds')).toEqual([
    { last_at: at(2) },
  ]);
});
