/** Converts between epoch milliseconds and the store's DateTime64(3). */
import type { EpochMs } from './units.js';

/** Formats a time as Tinybird's DateTime64(3) takes it: `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
export function storeTime(ms: EpochMs): string {
  const whole = Math.trunc(ms);
  const day = Math.floor(whole / DAY_MS);
  if (day !== lastDay) {
    lastDayText = new Date(whole).toISOString().slice(0, -14);
    lastDay = day;
  }
  const milli = whole - day * DAY_MS;
  const second = Math.floor(milli / 1000);
  const minute = Math.floor(second / 60);
  const time = `${digits(Math.floor(minute / 60))}:${digits(minute % 60)}:${digits(second % 60)}`;
  return `${lastDayText} ${time}.${milli % 1000 < 100 ? '0' : ''}${digits(milli % 1000)}`;
}

const DAY_MS = 86_400_000;

const FIRST = Date.UTC(1900, 0, 1);
const AFTER_LAST = Date.UTC(2300, 0, 1);

/** Whether a time in epoch milliseconds fits DateTime64(3): the store refuses a row with any other. */
export function isStoreTime(ms: EpochMs): boolean {
  return ms >= FIRST && ms < AFTER_LAST;
}

/**
 * The day of the last call and its text. Making a Date takes six times as long as the rest, and consecutive rows mostly
 * have the same day.
 */
let lastDay = NaN;
let lastDayText = '';

/** A number with at least two digits. */
function digits(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

/** Parses a DateTime64(3) of Tinybird, in UTC, to epoch milliseconds. */
export function fromStoreTime(text: string): EpochMs {
  return Date.parse(`${text.replace(' ', 'T')}Z`);
}

/** The same, as a Date. */
export function storeMoment(text: string): Date {
  return new Date(fromStoreTime(text));
}

/** Formats a Date as the store does. */
export function storeText(moment: Date): string {
  return storeTime(moment.getTime());
}
