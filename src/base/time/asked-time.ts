/** Reads the window of time that a program requests. */
import { readIsoTime, type ReadIsoTime } from './iso-time.js';

/** The window of time that a program requests. */
export interface AskedTime {
  /** Length of the window in days, up to now or to `to`. Default 7. Overridden by `from`. */
  days?: number;
  /**
   * Start, inclusive: a Date, a day (`YYYY-MM-DD`) or a moment (`YYYY-MM-DD HH:MM[:SS[.mmm]]`, also with a `T` and a
   * time zone); UTC if it names no zone.
   */
  from?: Date | string;
  /** End, exclusive. Default: open, up to now. */
  to?: Date | string;
}

const DAY_MS = 86_400_000;

/** The requested window in epoch milliseconds; `to` is null for an open one. @throws {TypeError} for an invalid time */
export function readAskedTime(
  { days = 7, from, to }: AskedTime,
  now: number,
): { from: number; to: number | null } {
  const end = to === undefined ? null : readMoment('to', to);
  const start = from === undefined ? (end ?? now) - days * DAY_MS : readMoment('from', from);
  if (!Number.isFinite(start)) throw new TypeError(`days takes a number, not ${String(days)}`);
  return { from: start, to: end };
}

function readMoment(name: string, given: Date | string): number {
  const { ms, refusal } = typeof given === 'string' ? readIsoTime(given.trim()) : readDate(given);
  if (refusal !== undefined)
    throw new TypeError(`${name} takes a Date or a time such as 2026-11-20 09:30:00, ${refusal}`);
  return ms;
}

function readDate(given: Date): ReadIsoTime {
  const ms = given.getTime();
  return Number.isNaN(ms) ? { refusal: `not "${String(given)}"` } : { ms };
}
