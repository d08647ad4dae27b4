import { describe, expect, it } from 'vitest';
import { makeApiRequestRow, makeTelemetryEventRow } from '../helpers/factories.js';
import { useStore } from '../helpers/store.js';

const store = useStore();

const march = { from: '2026-03-01 00:00:00', to: '2026-04-01 00:00:00' };
const at = (day: number, month = '03') => `2026-${month}-${String(day).padStart(2, '0')} 10:00:00.000`;
const REPOSITORY = 'shop-00000001';

const request = (cost_usd: number, day: number, git_branch: string, more = {}) =>
  makeApiRequestRow({ cost_usd, timestamp: at(day), git_branch, ...more });

/** The state of a pull request, as an import stores it. */
const imported = (
  number: number,
  opened: string,
  branch: string,
  status: string,
  ended: string | null = null,
) =>
  makeTelemetryEventRow({
    event: 'pull_request_state',
    event_id: `state ${number}`,
    source: 'git',
    session_id: '',
    pr_number: number,
    timestamp: opened,
    status,
    duration_ms: status === 'merged' ? 1_000 : null,
    payload: JSON.stringify({
      repository: REPOSITORY,
      branch,
      ...(status === 'merged' && {
        merged_at: ended,
        closed_at: ended,
        files: 2,
        lines_added: 12,
        lines_removed: 3,
      }),
      ...(status === 'closed' && { closed_at: ended }),
    }),
  });

/** A pull request that a session noted while a branch was checked out. */
const noted = (number: number, day: number, branch: string) =>
  makeTelemetryEventRow({
    event: 'pull_request',
    event_id: `noted ${number}`,
    pr_number: number,
    timestamp: at(day),
    payload: JSON.stringify({ repository: REPOSITORY, branch }),
  });

/** Each cost is a power of two, so that a sum tells which requests are in it. */
const fill = async () => {
  await store.client.apiRequests.ingest([
    request(1, 2, 'feature/x'),
    request(2, 4, 'feature/x', { session_id: 'session-2' }),
    request(4, 6, 'feature/x'),
    request(8, 6, 'main'),
    request(16, 6, 'feature/y'),
    request(32, 6, 'feature/y', { project: 'a-clone-00000001' }),
    request(64, 6, 'feature/x', { project: 'till-00000002' }),
    request(128, 8, 'feature/z'),
    request(256, 6, 'feature/old'),
  ]);
  await store.client.telemetryEvents.ingest([
    imported(7, at(3), 'feature/x', 'merged', at(5)),
    imported(9, at(6), 'feature/x', 'open'),
    noted(7, 3, 'main'),
    noted(8, 7, 'feature/y'),
    noted(10, 7, 'main'),
    imported(11, at(7), 'feature/z', 'closed', at(7)),
    imported(12, '2025-11-20 10:00:00.000', 'feature/old', 'open'),
  ]);
};

describe('cost_by_pr', () => {
  it('a request belongs to the pull request of its branch that ended next; the rest is unattributed', async () => {
    await fill();
    const rows = await store.client.costByPr.query(march);
    expect(rows).toMatchObject([
      // Those that were not imported come first. Noted while main was checked out: its branch is not known.
      { pull_request: 'shop-00000001#10', branch: '', state: '', confidence: null, request_count: 0 },
      // Noted by a session alone; a clone in a folder of another name is the same repository.
      { pr_number: 8, branch: 'feature/y', state: '', confidence: 0.8, opened_at: null, total_cost_usd: 48 },
      // Closed before the only request of its branch.
      { pr_number: 11, state: 'closed', closed_at: at(7), total_cost_usd: null },
      { pr_number: 9, branch: 'feature/x', state: 'open', merged_at: null, confidence: 1, total_cost_usd: 4 },
      {
        pull_request: 'shop-00000001#7',
        repository: REPOSITORY,
        pr_number: 7,
        branch: 'feature/x',
        state: 'merged',
        opened_at: at(3),
        merged_at: at(5),
        cycle_ms: 1_000,
        files: 2,
        lines_added: 12,
        lines_removed: 3,
        sessions: 2,
        confidence: 1,
        // The first request was made before it was opened.
        total_cost_usd: 3,
      },
      {
        pull_request: 'unattributed',
        repository: '',
        pr_number: null,
        sessions: null,
        confidence: null,
        // Number 12 was opened more than 60 days before the window.
        total_cost_usd: 8 + 64 + 128 + 256,
      },
    ]);
    expect(rows).toHaveLength(6);
  });

  it('of a project are those of its remote', async () => {
    await fill();
    const rows = await store.client.costByPr.query({ ...march, project: 'a-clone-00000001' });
    expect(rows.filter((row) => row.request_count > 0)).toMatchObject([{ pr_number: 8, total_cost_usd: 32 }]);
    expect(await store.client.costByPr.query({ ...march, project: 'till-00000002' })).toMatchObject([
      { pull_request: 'unattributed', total_cost_usd: 64 },
    ]);
  });

  it.each([{}, { project: REPOSITORY }, { from: '2026-03-03 00:00:00', to: '2026-03-06 12:00:00' }])(
    'sums to the same total as the models for %j',
    async (filter) => {
      await fill();
      await store.client.apiRequests.ingest(
        // Amounts that binary fractions cannot hold.
        Array.from({ length: 200 }, (_, n) =>
          request(0.1 + n / 1_000, 1 + (n % 9), `feature/${'xyz'[n % 3]}`),
        ),
      );
      const window = { ...march, ...filter };
      const [models, pulls] = [
        await store.client.costByModel.query(window),
        await store.client.costByPr.query(window),
      ].map((rows) => ({
        cost: rows.reduce((total, row) => total + (row.total_cost_usd ?? 0), 0),
        requests: rows.reduce((total, row) => total + row.request_count, 0),
      }));
      expect(models?.requests).toBeGreaterThan(50);
      expect(pulls?.requests).toBe(models?.requests);
      expect(pulls?.cost).toBeCloseTo(models?.cost ?? NaN, 9);
    },
  );
});
