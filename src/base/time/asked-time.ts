/** Reads the window of time that a program requests. */
import { readIsoTime, type ReadIsoTime } from './iso-time.js';
import type { EpochMs } from './units.js';

/** A period as a program asks for it. */
export interface AskedTime {
  /** Length of the period, days, to now or to `to`. Default 7. Overridden by `from`. */
  days?: number;
  /**
   * Start, inclusive: a Date, a day (`YYYY-MM-DD`) or a moment (`YYYY-MM-DD HH:MM[:SS[.mmm]]`, also with a `T` and a
   * time zone); UTC if it names no zone.
   */
  from?: Date | string;
  /** End, exclusive. Default: open, up to now. */
  to?: Date | string;
}

/** A period; `to` is null while it is open to now. */
export interface Period {
  from: EpochMs;
  to: EpochMs | null;
}

/** The default length of a period, days; the same as in the pipes. */
export const DEFAULT_DAYS = 7;
/** The longest period that can be requested by its length, days. */
export const MOST_DAYS = 36_500;

const DAY_MS = 86_400_000;

/** The years of the store's DateTime, in any time zone. */
const YEARS = { first: 1971, last: 2099 };
/** The first moment of them. */
export const FIRST_MOMENT_MS: EpochMs = Date.UTC(YEARS.first, 0);

/** Refuses a time outside of those years. `given` is how it was written. */
export function withinYears(ms: EpochMs, given: string): ReadIsoTime {
  const year = new Date(ms).getUTCFullYear();
  if (year >= YEARS.first && year <= YEARS.last) return { ms };
  return { refusal: `not ${JSON.stringify(given)}: the years are ${YEARS.first} to ${YEARS.last}` };
}

/** Reads a requested day or time as {@link readIsoTime} does, within those years. */
export function readMoment(text: string, fromWallClock?: (asUtc: EpochMs) => EpochMs): ReadIsoTime {
  const read = readIsoTime(text, fromWallClock);
  return read.ms === undefined ? read : withinYears(read.ms, text);
}

/** The requested period: without a start, the last `days` up to its end. */
export function periodOf(
  { days = DEFAULT_DAYS, from, to }: { days?: number; from?: EpochMs; to?: EpochMs },
  now: EpochMs,
): Period {
  return { from: from ?? (to ?? now) - days * DAY_MS, to: to ?? null };
}

/** Why a period is empty; undefined if it is not. */
export function emptiness({ from, to }: Period, now: EpochMs): string | undefined {
  if ((to ?? now) > from) return undefined;
  const start = new Date(from).toISOString();
  return to === null
    ? `from (${start}) lies in the future`
    : `to (${new Date(to).toISOString()}) is not after from (${start})`;
}

/** The period that a program requests. @throws {TypeError} for an invalid time or length, or an empty period */
export function readAskedTime({ days, from, to }: AskedTime, now: EpochMs): Period {
  if (days !== undefined && !(days > 0 && days <= MOST_DAYS))
    throw new TypeError(`days takes a number above 0, at most ${MOST_DAYS}, not ${String(days)}`);
  const period = periodOf(
    {
      ...(days === undefined ? {} : { days }),
      ...(from === undefined ? {} : { from: momentOf('from', from) }),
      ...(to === undefined ? {} : { to: momentOf('to', to) }),
    },
    now,
  );
  const problem = emptiness(period, now);
  if (problem !== undefined) throw new TypeError(problem);
  return period;
}

function momentOf(name: string, given: Date | string): EpochMs {
  const { ms, refusal } = typeof given === 'string' ? readMoment(given.trim()) : readDate(given);
  if (refusal !== undefined)
    throw new TypeError(`${name} takes a Date or a time such as 2026-11-20 09:30:00, ${refusal}`);
  return ms;
}

function readDate(given: Date): ReadIsoTime {
  const ms = given.getTime();
  return Number.isNaN(ms) ? { refusal: `not "${String(given)}"` } : withinYears(ms, given.toISOString());
}
