/** A series of figures as a line of small bars. */
const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * One character per value, with its height relative to the largest value. Zero has the lowest height, anything above
 * zero is higher, and an unknown value is a gap.
 */
export function sparkline(values: readonly (number | null)[]): string {
  const largest = values.reduce<number>((most, value) => Math.max(most, value ?? 0), 0);
  return values
    .map((value) => {
      if (value === null) return ' ';
      if (value <= 0 || largest === 0) return LEVELS[0];
      return LEVELS[Math.max(1, Math.ceil((value / largest) * (LEVELS.length - 1)))];
    })
    .join('');
}
