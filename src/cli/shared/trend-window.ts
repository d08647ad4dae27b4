/** The window of an answer by period. */
import { hasTooManyPeriods, TOO_MANY_PERIODS } from '../../pipes/parts/most-periods.js';
import type { Period } from '../../pipes/parts/period-names.js';
import { readWindow, UsageError, type AskedTime, type AskedWindow } from './options.js';

/** The requested window; without a start, of the length `reach`. @throws {UsageError} if it has too many periods. */
export function readTrendWindow(options: AskedTime, period: Period, now: number, reach: string): AskedWindow {
  const window = readWindow(options, now, reach);
  if (hasTooManyPeriods(period, window.from.getTime(), window.to?.getTime() ?? now))
    throw new UsageError(TOO_MANY_PERIODS);
  return window;
}
