/** A time as a program asks for it. */
export interface AskedTime {
  /** Length of the time, days, to now or to `to`. Default 7. Overridden by `from`. */
  days?: number;
  /** First moment, inclusive: a Date, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS[.mmm]`, or ISO 8601; UTC where it names no zone. */
  from?: Date | string;
  /** Last moment, exclusive. Default: open to now. */
  to?: Date | string;
}

const DAY_MS = 86_400_000;

/** The asked time, milliseconds since 1970; `to` is null while it is open. @throws {TypeError} for what is no time */
export function readAskedTime(
  { days = 7, from, to }: AskedTime,
  now: number,
): { from: number; to: number | null } {
  const end = to === undefined ? null : readMoment('to', to);
  const start = from === undefined ? (end ?? now) - days * DAY_MS : readMoment('from', from);
  if (!Number.isFinite(start)) throw new TypeError(`days takes a number, not ${String(days)}`);
  return { from: start, to: end };
}

function readMoment(name: string, given: Date | string): number {
  const ms = typeof given === 'string' ? Date.parse(inUtc(given.trim())) : given.getTime();
  if (Number.isNaN(ms))
    throw new TypeError(`${name} takes a Date or a time such as 2026-11-20 09:30:00, not "${String(given)}"`);
  return ms;
}

/** ISO 8601 with a zone: a day alone is UTC for JavaScript too, a time without a zone is not. */
function inUtc(text: string): string {
  const iso = text.replace(/^(\S+) +(?=\d)/, '$1T');
  return /T.*(?:Z|[+-]\d\d:?\d\d)$/i.test(iso) || !iso.includes('T') ? iso : `${iso}Z`;
}
