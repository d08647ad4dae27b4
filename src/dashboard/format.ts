/** Formats times and names for the page; numbers are formatted in base/format. */
import { UNKNOWN } from '../base/format/unknown.js';
import { storeMoment } from '../base/time/store-time.js';

export { plain } from '../base/format/plain.js';

const dayTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const datedTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});
const wholeMoment = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
const timeOfDay = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** `20 Nov, 10:49`, in the browser's time zone; with the year if it is not this one. */
export function dayAndTime(at: Date, now = new Date()): string {
  return (at.getFullYear() === now.getFullYear() ? dayTime : datedTime).format(at);
}

/** The same, for a time as the store writes it. */
export function moment(stored: string | null): string {
  return stored === null ? UNKNOWN : dayAndTime(storeMoment(stored));
}

/** `20 Nov 2026, 10:49:12`. */
export function exactMoment(stored: string | null): string {
  return stored === null ? UNKNOWN : wholeMoment.format(storeMoment(stored));
}

/** `10:49:12`. */
export function clock(at: Date): string {
  return timeOfDay.format(at);
}
