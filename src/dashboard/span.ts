/** The time that the page shows, as its address names it. */
import type { QueryOf } from '../api/answers.js';

type Period = NonNullable<QueryOf<'/v1/analytics/trend'>['period']>;

/** The windows that can be chosen, by their names in the address. */
export const windows = {
  '24h': { days: 1, title: 'Last 24 hours', short: '24 h', period: 'hourly' },
  '7d': { days: 7, title: 'Last 7 days', short: '7 d', period: 'daily' },
  '30d': { days: 30, title: 'Last 30 days', short: '30 d', period: 'daily' },
  '90d': { days: 90, title: 'Last 90 days', short: '90 d', period: 'daily' },
  '1y': { days: 365, title: 'Last 365 days', short: '1 y', period: 'weekly' },
  all: { days: null, title: 'All time', short: 'All', period: 'monthly' },
} as const satisfies Record<string, { days: number | null; title: string; short: string; period: Period }>;

export type WindowName = keyof typeof windows;

/** The window without a name in the address. */
export const USUAL: WindowName = '7d';

/** Older than any session of Claude Code. */
const FIRST = '2010-01-01T00:00:00.000Z';
/** The bounds of all time. */
export const allTime = { from: FIRST };
const DAY_MS = 86_400_000;

/** A span of time. */
export interface Span {
  /** Identifies it, although its bounds may move with the time. */
  key: string;
  /** Null for chosen dates. */
  name: WindowName | null;
  title: string;
  /** The length of a bar of its charts. */
  period: Period;
  /** The chosen dates, `YYYY-MM-DD`, both within the span; empty without. */
  dates: { first: string; last: string };
  /** Its bounds at a moment, in milliseconds since 1970, as the API takes them. */
  bounds: (now: number) => { from: string; to?: string };
  /** What of the address is not understood, for the user; null if all of it is. */
  problem: string | null;
}

/** The span that an address names: `since` a window, or `from` and `to`, days of the browser's time zone. */
export function readSpan(query: URLSearchParams): Span {
  const first = query.get('from');
  const last = query.get('to');
  if (first === null && last === null) {
    const asked = query.get('since') ?? USUAL;
    return isWindow(asked)
      ? spanOf(asked, null)
      : spanOf(USUAL, `There is no time “${asked}”: the last 7 days are shown.`);
  }
  const from = dayOf(first ?? '');
  const end = dayOf(last ?? '');
  if (from === undefined || end === undefined || end < from)
    return spanOf(USUAL, 'These are no two dates in order: the last 7 days are shown.');
  const dates = { first: first ?? '', last: last ?? '' };
  // The last day ends at the next midnight, which may be 23 or 25 hours later.
  const to = new Date(end.getFullYear(), end.getMonth(), end.getDate() + 1);
  return {
    key: `${dates.first}/${dates.last}`,
    name: null,
    title: dates.first === dates.last ? dates.first : `${dates.first} to ${dates.last}`,
    period: periodFor((to.getTime() - from.getTime()) / DAY_MS),
    dates,
    bounds: () => ({ from: from.toISOString(), to: to.toISOString() }),
    problem: null,
  };
}

function isWindow(name: string): name is WindowName {
  return Object.hasOwn(windows, name);
}

function spanOf(name: WindowName, problem: string | null): Span {
  const { days, title, period } = windows[name];
  return {
    key: name,
    name,
    title,
    period,
    dates: { first: '', last: '' },
    bounds: (now) => ({ from: days === null ? FIRST : new Date(now - days * DAY_MS).toISOString() }),
    problem,
  };
}

/** The beginning of a day, in the browser's time zone; undefined for what is no day. */
function dayOf(text: string): Date | undefined {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  const at = new Date(Number(year), Number(month) - 1, Number(day));
  const isReal = at.getMonth() === Number(month) - 1 && at.getFullYear() >= 1971 && at.getFullYear() <= 2098;
  return isReal ? at : undefined;
}

/** At most some hundred bars. */
function periodFor(days: number): Period {
  if (days <= 3) return 'hourly';
  if (days <= 120) return 'daily';
  return days <= 800 ? 'weekly' : 'monthly';
}
