/** Milliseconds since 1970 as Tinybird's DateTime64(3) takes it: `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
export function storeTime(ms: number): string {
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, -14)} ${iso.slice(-13, -1)}`;
}

/** An ISO 8601 time of a transcript as milliseconds since 1970; null if it is none. */
export function parseTime(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}

/** A time as Tinybird tells a DateTime64(3) of UTC, as milliseconds since 1970. */
export function fromStoreTime(text: string): number {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}
