import { readIsoTime, type ReadIsoTime } from './iso-time.js';
import type { EpochMs } from './units.js';

/** A time as a program asks for it. */
export interface AskedTime {
  /** Length of the time, days, to now or to `to`. Default 7. Overridden by `from`. */
  days?: number;
  /**
   * First moment, inclusive: a Date, a day (`YYYY-MM-DD`) or a moment (`YYYY-MM-DD HH:MM[:SS[.mmm]]`, also with a `T`
   * and a zone); UTC where it names no zone.
   */
  from?: Date | string;
  /** Last moment, exclusive. Default: open to now. */
  to?: Date | string;
}

const DAY_MS = 86_400_000;

/** The asked time; `to` is null while it is open. @throws {TypeError} for what is no time */
export function readAskedTime(
  { days = 7, from, to }: AskedTime,
  now: EpochMs,
): { from: EpochMs; to: EpochMs | null } {
  const end = to === undefined ? null : readMoment('to', to);
  const start = from === undefined ? (end ?? now) - days * DAY_MS : readMoment('from', from);
  if (!Number.isFinite(start)) throw new TypeError(`days takes a number, not ${String(days)}`);
  return { from: start, to: end };
}

function readMoment(name: string, given: Date | string): EpochMs {
  const { ms, refusal } = typeof given === 'string' ? readIsoTime(given.trim()) : readDate(given);
  if (refusal !== undefined)
    throw new TypeError(`${name} takes a Date or a time such as 2026-11-20 09:30:00, ${refusal}`);
  return ms;
}

function readDate(given: Date): ReadIsoTime {
  const ms = given.getTime();
  return Number.isNaN(ms) ? { refusal: `not "${String(given)}"` } : { ms };
}
