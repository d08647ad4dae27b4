/** Parses and formats dates as the Events API accepts them. */
import type { EpochMs, EpochSeconds } from '../../base/time/units.js';

const dateText = /^(\d{4})-(\d\d)-(\d\d)$/;
const dateTimeText =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s*(Z|[+-]\d\d:?\d\d)?)?$/;

const daysIn = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

/** True for a real calendar day `YYYY-MM-DD` between the two limits, both included. */
export function isDate(text: string, from: string, to: string): boolean {
  const [, year, month, day] = dateText.exec(text) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return false;
  return text >= from && text <= to;
}

/** Parses a date and time (UTC if it names no zone); undefined if it is not valid. */
export function readDateTime(text: string): EpochSeconds | undefined {
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone = 'Z'] =
    dateTimeText.exec(text) ?? [];
  if (year === undefined || !isDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const local = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
  );
  return local / 1000 - zoneSeconds(zone);
}

function zoneSeconds(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}

/** `YYYY-MM-DD HH:MM:SS[.mmm]`, UTC. */
export function formatMillis(millis: EpochMs, withFraction: boolean): string {
  const text = new Date(millis).toISOString().replace('T', ' ').replace('Z', '');
  return withFraction ? text : text.slice(0, 19);
}
