/** Makes the lines of a chart from the rows of a series. */
import type { AnswerOf } from '../../api/answers.js';

type Point = Pick<
  AnswerOf<'/v1/analytics/series'>['points'][number],
  'starts_at' | 'period_start' | 'is_partial' | 'part' | 'is_rest' | 'value'
>;

/** A period of the chart. */
interface Period {
  key: string;
  start: string;
  isPartial: boolean;
}

/** The values of a part, one per period; null where it has none. */
export interface Line {
  name: string;
  values: (number | null)[];
}

/** The name of the parts without a line of their own. */
const REST = 'others';

/**
 * One line per part, the largest first and the rest last.
 *
 * @param periods all periods of the window, in order; those without any row are added where they belong
 * @param empty the value of a part in a period without requests of it: 0 for figures that sum, else null
 */
export function linesOf(
  points: readonly Point[],
  periods: readonly Omit<Point, 'part' | 'is_rest' | 'value'>[],
  empty: 0 | null,
): { places: Period[]; lines: Line[] } {
  const known = new Map<string, Period>();
  for (const { starts_at: key, period_start: start, is_partial: isPartial } of [...periods, ...points])
    known.set(key, { key, start, isPartial: isPartial === 1 });
  const places = [...known.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  const placeOf = new Map(places.map(({ key }, place) => [key, place]));
  const lines = new Map<string, Line & { sum: number; isRest: boolean }>();
  for (const { starts_at: key, part, is_rest: rest, value } of points) {
    const name = rest === 1 ? REST : part;
    // A part may be called as the rest is.
    const id = `${rest} ${part}`;
    const line = lines.get(id) ?? { name, values: places.map(() => empty), sum: 0, isRest: rest === 1 };
    line.values[placeOf.get(key) ?? 0] = value;
    line.sum += value ?? 0;
    lines.set(id, line);
  }
  return {
    places,
    lines: [...lines.values()]
      .sort((a, b) => Number(a.isRest) - Number(b.isRest) || b.sum - a.sum)
      .map(({ name, values }) => ({ name, values })),
  };
}
