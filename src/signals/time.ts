export { fromStoreTime, storeTime } from '../store-time.js';

/** An ISO 8601 time of a transcript as milliseconds since 1970; null if it is none. */
export function parseTime(value: unknown): number | null {
  if (typeof value !== 'string') return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : ms;
}
