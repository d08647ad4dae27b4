/** Scales and bars of charts. */
/** Round figures for the lines of a chart from 0 to at least `largest`: 1, 2 or 5 times a power of ten apart. */
export function ticks(largest: number, atMost = 4): number[] {
  if (!(largest > 0)) return [0];
  const rough = largest / atMost;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  return Array.from({ length: Math.ceil(largest / step - 0.001) + 1 }, (_, place) => place * step);
}

/** The periods from the first with a request on; the last one if none has any. */
export function withoutEmptyStart<Period extends { request_count: number }>(
  periods: readonly Period[],
): readonly Period[] {
  const first = periods.findIndex(({ request_count: count }) => count > 0);
  return periods.slice(first === -1 ? -1 : first);
}
