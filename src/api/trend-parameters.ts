/** The parameters of a trend, and the trend of a window. */
import type { TinybirdClient } from '../store/client-types.js';
import type { EpochMs } from '../base/time/units.js';
import { hasTooManyPeriods, mostPeriodsIn, TOO_MANY_PERIODS } from '../pipes/parts/most-periods.js';
import { periodNames, type Period } from '../pipes/parts/period-names.js';
import { badRequest } from './error.js';
import { byDefault, timezone, word, type Given } from './parameters.js';
import type { readWindow } from './window.js';

export const trendParameters = {
  period: byDefault(word(...periodNames), 'daily'),
  timezone: byDefault(timezone(), 'UTC'),
};

/** The most periods that a window can have. @throws {ApiError} if these are too many */
export function checkPeriods(
  { from, to }: ReturnType<typeof readWindow>['window'],
  period: Period,
  now: EpochMs,
): number {
  const end = to === null ? now : Date.parse(to);
  if (hasTooManyPeriods(period, Date.parse(from), end)) throw badRequest(TOO_MANY_PERIODS);
  return mostPeriodsIn(period, Date.parse(from), end);
}

/** The trend of a window, with the period and time zone that it is in. @throws {ApiError} for too many periods */
export async function askTrend(
  client: TinybirdClient,
  { params, window }: ReturnType<typeof readWindow>,
  { period = 'daily', timezone: zone = 'UTC' }: Given<typeof trendParameters>,
  now: EpochMs,
) {
  checkPeriods(window, period, now);
  // Exact bounds: with `days` the pipe would begin at the start of a period, before the start of the window.
  const from = new Date(window.from);
  const periods = await client.costTrend.query({ ...params, from, period, timezone: zone });
  return { period, timezone: zone, periods };
}
