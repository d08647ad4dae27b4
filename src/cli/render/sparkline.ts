const LEVELS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * A line of one character a value, its height the value's share of the largest. What is 0 lies on the ground
 * level and what is not stands above it; an unknown value is a gap.
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
