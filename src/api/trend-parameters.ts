/** The parameters of a trend, and the trend of a window. */
import type { TinybirdClient } from '../store/client-types.js';
import type { EpochMs } from '../base/time/units.js';
import { hasTooManyPeriods, TOO_MANY_PERIODS } from '../pipes/parts/most-periods.js';
import { periodNames } from '../pipes/parts/period-names.js';
import { badRequest } from './error.js';
import { timezone, word, type Given } from './parameters.js';
import type { readWindow } from './window.js';

export const trendParameters = { period: word(...periodNames), timezone: timezone() };

/** The trend of a window, with the period and time zone that it is in. @throws {ApiError} for too many periods */
export async function askTrend(
  client: TinybirdClient,
  { params, window }: ReturnType<typeof readWindow>,
  { period = 'daily', timezone: zone = 'UTC' }: Given<typeof trendParameters>,
  now: EpochMs,
) {
  const end = window.to === null ? now : Date.parse(window.to);
  if (hasTooManyPeriods(period, Date.parse(window.from), end)) throw badRequest(TOO_MANY_PERIODS);
  const periods = await client.costTrend.query({ ...params, period, timezone: zone });
  return { period, timezone: zone, periods };
}
