/** Reads times as other programs write them into files whose format has ISO 8601. */
import { readIsoTime } from './iso-time.js';
import type { EpochMs } from './units.js';

/** Seconds, milliseconds, microseconds and nanoseconds since 1970 differ by three digits; these are from 1973 on. */
const UNITS = [
  { from: 1e8, ms: 1e3 },
  { from: 1e11, ms: 1 },
  { from: 1e14, ms: 1e-3 },
  { from: 1e17, ms: 1e-6 },
] as const;

/** Too large to be a time. */
const TOO_LARGE = 1e20;

/**
 * A time of any form: ISO 8601 (UTC if it names no zone, so that no machine's zone changes a figure), another form that
 * JavaScript knows, or the time since 1970 as a number; null if it is none.
 */
export function readLooseTime(value: unknown): EpochMs | null {
  if (typeof value === 'number') return sinceEpoch(value);
  if (typeof value !== 'string') return null;
  const { ms = /^\d+(?:\.\d+)?$/.test(value) ? sinceEpoch(Number(value)) : Date.parse(value) } =
    readIsoTime(value);
  return Number.isNaN(ms) ? null : ms;
}

function sinceEpoch(number: number): EpochMs | null {
  const unit = UNITS.findLast(({ from }) => number >= from);
  return unit === undefined || number >= TOO_LARGE ? null : Math.trunc(number * unit.ms);
}
