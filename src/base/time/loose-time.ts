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

/** A time of day and a zone after it, with or without a comment: `10:00:00 +0200`, `10:00 GMT+0200 (CEST)`. */
const WITH_ZONE =
  /:\d\d(?:[.,]\d+)?\s*(?:[ap]m\s*)?(?:(?:Z|UTC?|GMT|[ECMP][SD]T)|(?:UTC?|GMT)?\s*[+-]\d\d:?\d\d)\s*(?:\(.*\))?$/i;

/**
 * A time of any form: ISO 8601, another form that JavaScript knows, or the time since 1970 as a number; null if it is
 * none. It is UTC if it names no zone, so that no machine's zone changes a figure.
 */
export function readLooseTime(value: unknown): EpochMs | null {
  if (typeof value === 'number') return sinceEpoch(value);
  if (typeof value !== 'string') return null;
  const { ms = /^\d+(?:\.\d+)?$/.test(value) ? sinceEpoch(Number(value)) : parseAsUtc(value.trim()) } =
    readIsoTime(value);
  return Number.isNaN(ms) ? null : ms;
}

function parseAsUtc(text: string): EpochMs {
  return Date.parse(WITH_ZONE.test(text) ? text : `${text} UTC`);
}

function sinceEpoch(number: number): EpochMs | null {
  const unit = UNITS.findLast(({ from }) => number >= from);
  return unit === undefined || number >= TOO_LARGE ? null : Math.trunc(number * unit.ms);
}
