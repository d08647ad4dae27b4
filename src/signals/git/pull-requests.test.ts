import { describe, expect, it } from 'vitest';
import { readPullRequest } from './pull-requests.js';

const recorder = { device: 'test', privacyTier: 1, origin: 'live' } as const;
/** As gh 2.60 writes it. */
const merged = {
  additions: 12,
  author: { login: 'ann', name: 'Ann Example' },
  changedFiles: 2,
  closedAt: '2026-03-04T10:00:00Z',
  createdAt: '2026-03-02T10:00:00Z',
  deletions: 3,
  headRefName: 'feature/x',
  mergedAt: '2026-03-04T10:00:00Z',
  number: 7,
  state: 'MERGED',
  title: 'A secret plan',
  updatedAt: '2026-03-05T00:00:00Z',
  url: 'https://github.com/Acme/Shop/pull/7',
};
const readAt = Date.UTC(2026, 2, 6);
const rows = (entry: unknown) => readPullRequest(entry, readAt, recorder).map(({ row }) => row);
const read = (entry: unknown) => {
  const [row] = rows(entry);
  if (row === undefined) throw new Error('A pull request has a row.');
  return row;
};

describe('a pull request of gh', () => {
  it('is a row with its number, state, branch, times and size, and nothing that a person wrote', () => {
    const row = read(merged);
    expect(row).toMatchObject({
      event: 'pull_request_state',
      timestamp: '2026-03-02 10:00:00.000',
      project: expect.stringMatching(/^shop-[0-9a-f]{8}$/) as string,
      status: 'merged',
      pr_number: 7,
      duration_ms: 2 * 86_400_000,
      version: Date.UTC(2026, 2, 5),
    });
    expect(JSON.parse('payload' in row ? row.payload : '')).toEqual({
      repository: 'project' in row ? row.project : '',
      host: 'github.com',
      branch: 'feature/x',
      merged_at: '2026-03-04 10:00:00.000',
      closed_at: '2026-03-04 10:00:00.000',
      lines_added: 12,
      lines_removed: 3,
      files: 2,
    });
    expect(JSON.stringify(row)).not.toMatch(/secret|ann|Acme/i);
  });

  it('keeps its identity when its state changes', () => {
    const open = {
      ...merged,
      state: 'OPEN',
      mergedAt: null,
      closedAt: '0001-01-01T00:00:00Z',
      updatedAt: undefined,
    };
    expect(read(open)).toMatchObject({ status: 'open', duration_ms: null, version: readAt });
    expect(read(open).event_id).toBe(read(merged).event_id);
    expect(read({ ...merged, url: 'https://github.com/acme/other/pull/7' }).event_id).not.toBe(
      read(merged).event_id,
    );
  });

  it('that was closed without a merge has a row for that, which a later state does not replace', () => {
    const closed = { ...merged, state: 'CLOSED', mergedAt: null };
    const [state, closing] = rows(closed);
    expect(state).toMatchObject({ event: 'pull_request_state', status: 'closed' });
    expect(closing).toMatchObject({
      event: 'pull_request_closed',
      timestamp: '2026-03-04 10:00:00.000',
      pr_number: 7,
    });
    // Open with a time of closing: it was opened again.
    expect(rows({ ...closed, state: 'OPEN' }).map((row) => row.event_id)).toEqual([
      state?.event_id,
      closing?.event_id,
    ]);
    expect(rows(merged)).toHaveLength(1);
    expect(rows({ ...closed, closedAt: '2026-03-05T10:00:00Z' })[1]?.event_id).not.toBe(closing?.event_id);
  });

  it.each([
    ['a text', 'it is not an object'],
    [{ ...merged, number: 0 }, 'number is not a number of a pull request'],
    [{ ...merged, number: 1.5 }, 'number is not a number of a pull request'],
    [{ ...merged, url: 'https://example.com' }, 'url is not the address of a pull request'],
    [{ ...merged, state: 'DRAFT' }, 'state is not one of OPEN, MERGED, CLOSED'],
    [{ ...merged, createdAt: undefined }, 'createdAt is missing'],
    [{ ...merged, createdAt: 'yesterday' }, 'createdAt is not a time'],
    [{ ...merged, number: 8 }, 'number is not that of its url'],
    [{ ...merged, createdAt: '2026-03-09T10:00:00Z' }, 'createdAt is in the future'],
    [{ ...merged, updatedAt: '2099-01-01T00:00:00Z' }, 'updatedAt is in the future'],
    [{ ...merged, mergedAt: '2026-03-01T10:00:00Z' }, 'mergedAt is before createdAt'],
    [{ ...merged, closedAt: '2026-03-01T10:00:00Z' }, 'closedAt is before createdAt'],
    [{ ...merged, additions: 1.5 }, 'additions is not a whole number'],
    [{ ...merged, deletions: -1 }, 'deletions is not a whole number'],
    [{ ...merged, changedFiles: '2' }, 'changedFiles is not a whole number'],
    [{ ...merged, mergedAt: null }, 'mergedAt is missing'],
    [{ ...merged, state: 'CLOSED', mergedAt: null, closedAt: null }, 'closedAt is missing'],
  ])('that is wrong is refused with the field that is wrong (%#)', (entry, says) => {
    expect(() => read(entry)).toThrow(says);
  });
});
