/** Upper bounds of the buckets of tool_durations, milliseconds; the last bucket has no bound. */
export const durationBoundsMs = [
  10, 50, 100, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 600_000,
] as const;
