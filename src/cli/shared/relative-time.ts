/** Moments relative to now: `7d`, `today`, `last month`. */
import { fromWallClock, shownAsUtc } from '../../base/time/zone.js';

type Unit = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';

/** The spellings of each unit, e.g. `10m`, `10 min`, `3 days ago`. */
const units: Record<Unit, RegExp> = {
  minute: /^m(in(ute)?s?)?$/,
  hour: /^h((ou)?rs?)?$/,
  day: /^d(ays?)?$/,
  week: /^w(eeks?)?$/,
  month: /^mo(nths?)?$/,
  year: /^y(ears?)?$/,
};

/** Lengths that are the same everywhere, milliseconds. A day here has 24 hours: `7d` is a rolling window. */
const LENGTHS = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };

/** How long ago `7d`, `10 min` or `2 weeks ago` is; undefined for other spellings. */
export function agoOf(text: string): { count: number; unit: Unit } | undefined {
  const [, count, name = ''] = /^(\d+) ?([a-z]+)( ago)?$/.exec(text.trim().toLowerCase()) ?? [];
  const unit = (Object.keys(units) as Unit[]).find((one) => units[one].test(name));
  return count === undefined || unit === undefined ? undefined : { count: Number(count), unit };
}

/**
 * The moment of a relative spelling; undefined for other spellings. Days, weeks (from Monday), months and years begin
 * at midnight in the zone; `week` and `this week` are the present one. Outside of the years of a Date it is NaN or
 * far away; the caller refuses it.
 */
export function relativeMoment(text: string, now: number, timezone: string): number | undefined {
  const ago = agoOf(text);
  if (ago !== undefined) return momentAgo(ago, now, timezone);
  const today = new Date(shownAsUtc(now, timezone));
  const [year, month, day] = [today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate()];
  const monday = day - ((today.getUTCDay() + 6) % 7);
  const starts: Record<string, number> = {
    today: Date.UTC(year, month, day),
    yesterday: Date.UTC(year, month, day - 1),
    week: Date.UTC(year, month, monday),
    'last week': Date.UTC(year, month, monday - 7),
    month: Date.UTC(year, month, 1),
    'last month': Date.UTC(year, month - 1, 1),
    year: Date.UTC(year, 0, 1),
    'last year': Date.UTC(year - 1, 0, 1),
  };
  const name = text
    .trim()
    .toLowerCase()
    .replace(/[-_ ]+/g, ' ')
    .replace(/^this /, '');
  const start = Object.hasOwn(starts, name) ? starts[name] : undefined;
  return start === undefined ? undefined : fromWallClock(start, timezone);
}

function momentAgo({ count, unit }: { count: number; unit: Unit }, now: number, timezone: string): number {
  if (unit !== 'month' && unit !== 'year') return now - count * LENGTHS[unit];
  const shown = new Date(shownAsUtc(now, timezone));
  const months = unit === 'month' ? count : 12 * count;
  const [year, month] = [shown.getUTCFullYear(), shown.getUTCMonth() - months];
  // 1mo before 31 March is 28 February.
  const day = Math.min(shown.getUTCDate(), new Date(Date.UTC(year, month + 1, 0)).getUTCDate());
  return fromWallClock(Date.UTC(year, month, day) + (shown.getTime() % LENGTHS.day), timezone);
}
