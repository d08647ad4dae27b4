import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (day: number, minute = 0) =>
  `2026-03-${String(day).padStart(2, '0')} 10:${String(minute).padStart(2, '0')}:00.000`;
const REPOSITORY = 'shop-00000001';

const request = (cost_usd: number | null, day: number, minute: number, git_branch: string, more = {}) =>
  makeApiRequestRow({ cost_usd, timestamp: at(day, minute), git_branch, ...more });

const commit = (hash: string, day: number, minute: number, payload: object = {}) =>
  makeTelemetryEventRow({
    event: 'commit',
    event_id: `commit ${hash}`,
    commit_hash: hash,
    timestamp: at(day, minute),
    payload: JSON.stringify({ kind: 'committed', place: 0, branch: 'main', ...payload }),
  });

const pull = (number: number, opened: string, branch: string, status: string, ended: string | null, ms = 0) =>
  makeTelemetryEventRow({
    event: 'pull_request_state',
    event_id: `state ${number}`,
    source: 'git',
    session_id: '',
    pr_number: number,
    timestamp: opened,
    status,
    duration_ms: status === 'merged' ? ms : null,
    payload: JSON.stringify({
      repository: REPOSITORY,
      branch,
      ...(status === 'merged' && { merged_at: ended, closed_at: ended }),
      ...(status === 'closed' && { closed_at: ended }),
    }),
  });

/** A pull request was seen closed without a merge. */
const closing = (number: number, timestamp: string) =>
  makeTelemetryEventRow({
    event: 'pull_request_closed',
    event_id: `closed ${number} ${timestamp}`,
    ...{ source: 'git', session_id: '', pr_number: number, timestamp },
    payload: JSON.stringify({ repository: REPOSITORY }),
  });

const noted = (number: number, day: number, branch: string) =>
  makeTelemetryEventRow({
    event: 'pull_request',
    event_id: `noted ${number}`,
    pr_number: number,
    timestamp: at(day),
    payload: JSON.stringify({ repository: REPOSITORY, branch }),
  });

/** Each cost is a power of two, so that a sum tells which requests are in it. */
const requests = [
  request(1, 2, 0, 'feature/merged'),
  request(2, 2, 2, 'feature/merged'),
  // The second commit of the merged pull request is reverted later.
  request(4, 2, 4, 'feature/merged'),
  request(8, 4, 0, 'feature/open'),
  request(16, 4, 1, 'feature/closed'),
  request(32, 4, 2, 'feature/noted'),
  request(64, 5, 0, 'main'),
  request(128, 6, 0, 'main'),
  request(256, 20, 0, 'main', { session_id: 'session-2' }),
  request(512, 2, 3, 'feature/other', { project: 'till-00000002', session_id: 'session-3' }),
  request(null, 5, 0, 'main', { model: 'claude-unheard-of' }),
  request(1_024, 2, 0, 'feature/also-merged', { session_id: 'session-4' }),
];

const events = [
  commit('aaaaaaa', 2, 3, { branch: 'feature/merged', lines_added: 10, lines_removed: 3, files: 1 }),
  commit('bbbbbbb', 2, 5, { branch: 'feature/merged', lines_added: 5, lines_removed: 0, files: 1 }),
  commit('ccccccc', 5, 1),
  // A revert of the second one; the request before it belongs to the revert.
  commit('ddddddd', 6, 1, { kind: 'reverted', reverts: 'bbbbbbb', evidence: 'hash' }),
  pull(1, at(1), 'feature/merged', 'merged', at(3), 7_200_000),
  pull(2, at(4), 'feature/open', 'open', null),
  pull(3, at(4), 'feature/closed', 'closed', at(5)),
  pull(5, at(1), 'feature/also-merged', 'merged', at(9), 3_600_000),
  noted(4, 4, 'feature/noted'),
  closing(1, at(1, 20)),
  closing(1, at(2, 20)),
  closing(2, '2026-02-20 10:00:00.000'),
  closing(3, at(5)),
  // Of a pull request that was opened long before the window, nothing else is read.
  closing(6, at(6)),
];

const fill = async () => {
  await store.client.apiRequests.ingest(requests);
  await store.client.telemetryEvents.ingest(events);
};

const sum = (rows: readonly { total_cost_usd: number | null }[]) =>
  rows.reduce((total, row) => total + (row.total_cost_usd ?? 0), 0);

describe('outcomes', () => {
  it('each request is in the row of what became of its work', async () => {
    await fill();
    const rows = await store.client.outcomes.query(march);
    expect(
      rows.map((row) => [row.outcome, row.total_cost_usd, row.request_count, row.pull_requests, row.commits]),
    ).toEqual([
      // The requests up to the first commit, and the pull request of another session without a commit.
      ['merged_pr', 1 + 2 + 1_024, 3, 2, 1],
      // What is not committed on its branch belongs to the next commit of its session, too.
      ['open_pr', 8, 1, 1, 1],
      ['closed_pr', 16, 1, 1, 1],
      ['unknown_pr', 32, 1, 1, 1],
      // ccccccc with a request without a price, and the revert.
      ['commit', 64 + 128, 3, 0, 2],
      ['reverted', 4, 1, 1, 1],
      ['unattributed', 256 + 512, 2, 0, 0],
    ]);
    expect(rows.find(({ outcome }) => outcome === 'commit')?.unpriced_requests).toBe(1);
    expect(rows.reduce((total, { cost_share }) => total + (cost_share ?? 0), 0)).toBeCloseTo(1, 12);
  });

  it('a branch, a project and a model narrow it', async () => {
    await fill();
    const of = async (filter: object) =>
      (await store.client.outcomes.query({ ...march, ...filter })).map((row) => [
        row.outcome,
        row.total_cost_usd,
      ]);
    expect(await of({ branch: 'feature/merged' })).toEqual([
      ['merged_pr', 3],
      ['reverted', 4],
    ]);
    expect(await of({ project: 'till-00000002' })).toEqual([['unattributed', 512]]);
    expect(await of({ model: 'claude-unheard-of' })).toEqual([['commit', null]]);
    expect(await of({ branch: 'nowhere' })).toEqual([]);
  });

  it.each([{}, { project: REPOSITORY }, { from: '2026-03-02 10:03:00', to: '2026-03-06 00:00:00' }])(
    'sums to the total of the models for %j',
    async (filter) => {
      await fill();
      await store.client.apiRequests.ingest(
        // Amounts that binary fractions cannot hold.
        Array.from({ length: 100 }, (_, n) =>
          request(
            0.1 + n / 1_000,
            2 + (n % 5),
            n % 60,
            ['main', 'feature/open', 'feature/merged'][n % 3] ?? '',
          ),
        ),
      );
      const window = { ...march, ...filter };
      const models = await store.client.costByModel.query(window);
      const rows = await store.client.outcomes.query(window);
      expect(rows.length).toBeGreaterThan(2);
      expect(sum(rows)).toBeCloseTo(sum(models), 9);
      const requests = (of: readonly { request_count: number }[]) =>
        of.reduce((total, row) => total + row.request_count, 0);
      expect(requests(rows)).toBe(requests(models));
    },
  );

  it('the same rows again, in another order, change nothing', async () => {
    await fill();
    const before = await store.client.outcomes.query(march);
    for (const row of [...events].reverse()) await store.client.telemetryEvents.ingest([row]);
    await store.client.apiRequests.ingest([...requests].reverse());
    expect(await store.client.outcomes.query(march)).toEqual(before);
  });
});

describe('delivery', () => {
  it('counts what was delivered, its times, and its cost', async () => {
    await fill();
    expect(await store.client.delivery.query(march)).toEqual([
      {
        commits: 4,
        reverts: 1,
        reverted_commits: 1,
        revert_rate: 0.25,
        lines_added: 15,
        lines_removed: 3,
        pull_requests_opened: 4,
        pull_requests_merged: 2,
        pull_requests_closed: 1,
        // Number 1 twice before it was merged, number 2 before the window, number 3 stayed closed.
        pull_requests_reopened: 2,
        pull_requests_open: 1,
        pull_requests_unknown: 1,
        avg_cycle_ms: 5_400_000,
        median_cycle_ms: 5_400_000,
        longest_cycle_ms: 7_200_000,
        total_cost_usd: 2_047,
        unpriced_requests: 1,
        merged_with_cost: 2,
        merged_cost_usd: 1_027,
        cost_per_merged_pr_usd: 513.5,
        // aaaaaaa 3, bbbbbbb 4, ccccccc 8 + 16 + 32 + 64, ddddddd 128.
        commits_with_cost: 4,
        commit_cost_usd: 255,
        cost_per_commit_usd: 63.75,
        reverted_cost_usd: 4,
      },
    ]);
  });

  it('of a branch are its commits, pull requests and requests', async () => {
    await fill();
    expect(await store.client.delivery.query({ ...march, branch: 'feature/merged' })).toMatchObject([
      {
        commits: 2,
        reverted_commits: 1,
        pull_requests_merged: 1,
        pull_requests_open: 0,
        total_cost_usd: 7,
        cost_per_merged_pr_usd: 3,
        cost_per_commit_usd: 3.5,
      },
    ]);
  });

  it('what is not known is null: no commit, no merge, no price', async () => {
    await store.client.apiRequests.ingest([request(null, 2, 0, 'main')]);
    expect(await store.client.delivery.query(march)).toMatchObject([
      {
        commits: 0,
        revert_rate: null,
        lines_added: null,
        median_cycle_ms: null,
        total_cost_usd: null,
        unpriced_requests: 1,
        merged_with_cost: 0,
        cost_per_merged_pr_usd: null,
        cost_per_commit_usd: null,
        reverted_cost_usd: null,
      },
    ]);
  });
});
