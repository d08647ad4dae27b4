import { describe, expect, it } from 'vitest';
import { placeInCursor, sessionCursor } from './session-place.js';
import { sessionOrders, sessionSorts } from './session-sorts.js';

const row = {
  session_id: '33333333-3333-4333-8333-333333333333',
  started: '2026-11-20 10:00:00.000',
  last_activity: '2026-11-20 11:00:00.007',
  duration_ms: 3_600_007,
  total_cost_usd: 0.3,
  total_tokens: 1_234,
  request_count: 7,
  tool_failures: null,
};

describe('the cursor of a list of sessions', () => {
  it('has the figure that the list is sorted by, as a whole number; null if it is unknown', () => {
    const figures = sessionSorts.map((sort) => {
      const by = { sort, order: 'asc' } as const;
      return placeInCursor(sessionCursor(row, by), by)?.figure;
    });
    expect(figures).toEqual([
      Date.UTC(2026, 10, 20, 11, 0, 0, 7),
      Date.UTC(2026, 10, 20, 10),
      3_600_007,
      300_000_000,
      1_234,
      7,
      null,
    ]);
  });

  it('is for its own figure and order alone', () => {
    const kinds = sessionSorts.flatMap((sort) => sessionOrders.map((order) => ({ sort, order })));
    for (const made of kinds)
      for (const read of kinds)
        expect(placeInCursor(sessionCursor(row, made), read)?.id).toBe(
          made === read ? row.session_id : undefined,
        );
  });

  it.each([[[]], [['a']], [['00.a', 'b']], [['0A.a']], [['000.a']], [[1]]])('is not %j', (remembered) => {
    expect(placeInCursor(remembered, { sort: 'activity', order: 'desc' })).toBeUndefined();
  });
});
