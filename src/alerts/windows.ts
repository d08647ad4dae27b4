/** The windows of a rule at a moment. */
import { fromWallClock, shownAsUtc } from '../base/time/zone.js';
import type { EpochMs } from '../base/time/units.js';
import { isCalendar, lengthOf, type Rule } from './rule.js';

const DAY_MS = 86_400_000;

/**
 * The starts of the windows that a rule looks at, ascending: the last one is the window to now, those before it are
 * compared with. Of a calendar span, the days, weeks (from Monday) or months in the rule's time zone.
 *
 * @param count how many earlier windows
 */
export function windowStarts(
  { span, timezone }: Pick<Rule, 'span' | 'timezone'>,
  now: EpochMs,
  count: number,
): EpochMs[] {
  const length = lengthOf(span);
  const starts: EpochMs[] = [];
  for (let place = count; place >= 0; place -= 1)
    starts.push(
      length === undefined ? calendarStart(span, timezone, now, place) : now - (place + 1) * length,
    );
  return starts;
}

/** When the figure of a window that nothing more happens in is no longer true: the window has ended, or is empty. */
export function windowEnds({ span, timezone }: Pick<Rule, 'span' | 'timezone'>, now: EpochMs): EpochMs {
  if (isCalendar(span)) return calendarStart(span, timezone, now, -1);
  return now + (lengthOf(span) ?? DAY_MS);
}

/** The start of the day, week or month so many before the current one. */
function calendarStart(span: string, timezone: string, now: EpochMs, back: number): EpochMs {
  const shown = new Date(shownAsUtc(now, timezone));
  const [year, month, day] = [shown.getUTCFullYear(), shown.getUTCMonth(), shown.getUTCDate()];
  const sinceMonday = (shown.getUTCDay() + 6) % 7;
  const start =
    span === 'month'
      ? Date.UTC(year, month - back, 1)
      : Date.UTC(year, month, day) - (span === 'week' ? sinceMonday + 7 * back : back) * DAY_MS;
  return fromWallClock(start, timezone);
}
