import { expect, it } from 'vitest';
import { linesOf } from './lines.js';

const point = (day: number, part: string, value: number | null, is_rest = 0) => ({
  starts_at: `2026-11-${day} 00:00:00`,
  period_start: `2026-11-${day}`,
  is_partial: day === 21 ? 1 : 0,
  part,
  is_rest,
  value,
});

it('a series has one line per part, the largest first and the others last, with null where a part has no row', () => {
  const points = [point(21, 'haiku', 1), point(20, 'opus', 5), point(21, 'opus', 2), point(20, '', 9, 1)];
  expect(linesOf(points, [], null)).toEqual({
    places: [
      { key: '2026-11-20 00:00:00', start: '2026-11-20', isPartial: false },
      { key: '2026-11-21 00:00:00', start: '2026-11-21', isPartial: true },
    ],
    lines: [
      { name: 'opus', values: [5, 2] },
      { name: 'haiku', values: [null, 1] },
      { name: 'others', values: [9, null] },
    ],
  });
});

it('a part that is called others is not the rest', () => {
  expect(linesOf([point(20, 'others', 1), point(20, '', 2, 1)], [], null).lines).toEqual([
    { name: 'others', values: [1] },
    { name: 'others', values: [2] },
  ]);
});

it('a series without rows has no line', () => {
  expect(linesOf([], [], 0)).toEqual({ places: [], lines: [] });
});

it('a period without a row has a place, and null in every line', () => {
  const periods = [19, 20, 21].map((day) => point(day, '', null));
  const { places, lines } = linesOf([point(20, 'opus', 5)], periods, null);
  expect(places.map(({ start }) => start)).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
  expect(lines).toEqual([{ name: 'opus', values: [null, 5, null] }]);
});

it('a figure that sums is 0 where a part has no request, and unknown where its request has no price', () => {
  const periods = [19, 20, 21].map((day) => point(day, '', null));
  const points = [point(20, 'opus', 5), point(21, 'opus', null)];
  expect(linesOf(points, periods, 0).lines).toEqual([{ name: 'opus', values: [0, 5, null] }]);
});
