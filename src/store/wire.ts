/** Names and values as Tinybird's API takes them. */

/** The wire name of a table or pipe: `cost_by_model` for `costByModel`. */
export function wireName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Renames the bounds to their wire names, in the format that Tinybird accepts. */
export function wireParams(params: Record<string, unknown>): Record<string, unknown> {
  const { from, to, ...rest } = params;
  return { ...rest, date_from: wireTime(from), date_to: wireTime(to) };
}

function wireTime(bound: unknown): unknown {
  if (bound instanceof Date) return bound.toISOString().replace('T', ' ').replace('Z', '');
  // A day stands for its first moment.
  return typeof bound === 'string' && /^\d{4}-\d\d-\d\d$/.test(bound) ? `${bound} 00:00:00` : bound;
}
