import { expect, it } from 'vitest';
import { pageOrder } from './page-order.js';

it('the place of a row has the greatest figures first, and unknown ones last', () => {
  const { placeOf, isPlace } = pageOrder(
    ['total_cost_usd', 'most_expensive'],
    ['calls', 'most'],
    ['committed_at', 'latest'],
    ['opened_at', 'unknown_then_latest'],
    ['part', 'attributed_first'],
    ['part', 'text'],
  );
  const place = placeOf({
    total_cost_usd: 0.5,
    calls: 0,
    committed_at: '1970-01-01 00:00:01.500',
    opened_at: null,
    part: 'unattributed',
  });
  expect(place).toEqual([-500_000_000, 0, -1_500, Number.MIN_SAFE_INTEGER, 1, 'unattributed']);
  expect(placeOf({ total_cost_usd: null, calls: 3, committed_at: null, opened_at: null, part: 'a' })).toEqual(
    [...[1, -3, 1, Number.MIN_SAFE_INTEGER, 0, 'a']],
  );
  expect(isPlace(place)).toBe(true);
  expect(isPlace(place.slice(1))).toBe(false);
  expect(isPlace([...place.slice(0, -1), 1])).toBe(false);
});

it('days and times, upwards and downwards, and words have a place, too', () => {
  const { placeOf } = pageOrder(
    ['day', 'latest_day'],
    ['started_at', 'earliest'],
    ['kind', ['commit', 'task']],
  );
  expect(placeOf({ day: '2026-11-20', started_at: '1970-01-01 00:00:02.000', kind: 'task' })).toEqual([
    ...[-20_261_120, 2_000, 2],
  ]);
});

it('a row without a column of the order is refused', () => {
  expect(() => pageOrder(['part', 'text']).placeOf({})).toThrow('The column part has no value to order by');
});
