/** What the form for a rule offers, and the rule that it sends. */

/** The kinds of rules: the names of alerts are those of their field. */
export const kinds = {
  above: 'alert above a threshold',
  below: 'alert below a threshold',
  times_median: 'alert above × the median of past windows',
  budget: 'budget with a soft and a hard limit',
} as const;

export const spans = {
  '1h': 'the last hour',
  '24h': 'the last 24 hours',
  '7d': 'the last 7 days',
  '30d': 'the last 30 days',
  day: 'the day',
  week: 'the week',
  month: 'the month',
  session: 'each session',
} as const;

/** Spans that begin at a midnight, which depends on the time zone. */
const calendar: readonly (string | number)[] = ['day', 'week', 'month'];

const amounts: readonly string[] = ['above', 'below', 'times_median', 'soft', 'hard'];

/** The body for POST /v1/alerts: what was filled in, with numbers as numbers and the browser's time zone. */
export function inputOf(form: FormData): Record<string, string | number> {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  const given = [...form.entries()].flatMap(([name, value]) => {
    const text = typeof value === 'string' ? value.trim() : '';
    if (name === 'kind' || text === '') return [];
    return [[name, amounts.includes(name) ? Number(text) : text] as const];
  });
  const isCalendar = given.some(([name, value]) => name === 'span' && calendar.includes(value));
  return Object.fromEntries<string | number>([
    ...given,
    ...(isCalendar ? [['timezone', timeZone] as const] : []),
  ]);
}
