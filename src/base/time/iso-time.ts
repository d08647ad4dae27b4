/** Reads times in ISO 8601. */
import type { EpochMs } from './units.js';
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** A day, or a moment with a blank or `T` between day and time. Whether that day and time exist is checked later. */
const isoTime =
  /^(\d{4}-\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(?:Z|([+-])(\d\d):?(\d\d))?)?$/i;

/** The time, or why the text is not one: the end of the sentence "OPTION takes …, not …". */
export type ReadIsoTime = { ms: EpochMs; refusal?: undefined } | { ms?: undefined; refusal: string };

/**
 * Reads an ISO 8601 day (`2026-11-20`, its first moment) or moment (`2026-11-20T09:30[:00[.000]]`, with `Z`, `+02:00`
 * or no zone) as epoch milliseconds. An impossible date or time is refused, not carried over to the next day.
 *
 * @param fromWallClock converts a time without a zone: takes the wall-clock time as if it were UTC, returns the moment
 *  at which the intended zone's clock shows it. Default: UTC.
 */
export function readIsoTime(text: string, fromWallClock = (asUtc: EpochMs): EpochMs => asUtc): ReadIsoTime {
  const refuse = (why?: string) => ({
    refusal: `not ${JSON.stringify(text)}${why === undefined ? '' : `: ${why}`}`,
  });
  const parts = isoTime.exec(text);
  if (parts === null) return refuse();
  const [, month = '', day = '', time = '00:00', sign, hours = '', minutes = ''] = parts;

  const firstDay = Date.parse(`${month}-01T00:00Z`);
  if (Number.isNaN(firstDay)) return refuse(`there is no month ${month.slice(-2)}`);
  const lastDay = 32 - new Date(firstDay + 31 * DAY_MS).getUTCDate();
  if (day === '00') return refuse('there is no day 00');
  if (Number(day) > lastDay) return refuse(`the last day of that month is ${month}-${lastDay}`);

  const asUtc = Date.parse(`${month}-${day}T${time}Z`);
  // Date.parse accepts 24:00 as the next midnight.
  if (Number.isNaN(asUtc) || time.startsWith('24')) return refuse(`there is no ${time} on a clock`);

  if (sign === undefined) return { ms: /z$/i.test(text) ? asUtc : fromWallClock(asUtc) };
  if (Number(hours) > 14 || Number(minutes) > 59)
    return refuse(`there is no time zone ${sign}${hours}:${minutes}`);
  const ahead = (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  return { ms: sign === '+' ? asUtc - ahead : asUtc + ahead };
}
