/** When the periods of a trend begin, UTC. */
import type { EpochMs } from '../base/time/units.js';
import type { Period } from '../pipes/parts/period-names.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Start of the period that contains a time, UTC. Weeks begin on Monday (ISO 8601). */
export function periodStart(at: EpochMs, period: Period): EpochMs {
  const day = Math.floor(at / DAY_MS);
  switch (period) {
    case 'hourly':
      return Math.floor(at / HOUR_MS) * HOUR_MS;
    case 'daily':
      return day * DAY_MS;
    case 'weekly':
      // 1 January 1970 was a Thursday.
      return (day - ((day + 3) % 7)) * DAY_MS;
    case 'monthly':
      return Date.UTC(new Date(at).getUTCFullYear(), new Date(at).getUTCMonth());
  }
}

/** Start of the following period. */
export function nextPeriod(start: EpochMs, period: Period): EpochMs {
  switch (period) {
    case 'hourly':
      return start + HOUR_MS;
    case 'daily':
      return start + DAY_MS;
    case 'weekly':
      return start + 7 * DAY_MS;
    case 'monthly':
      return Date.UTC(new Date(start).getUTCFullYear(), new Date(start).getUTCMonth() + 1);
  }
}
