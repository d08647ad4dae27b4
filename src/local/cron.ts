/** Decides when a schedule is due: cron's five fields (minute, hour, day of month, month, day of week), in UTC. */

/** The values of each field, and names for them. */
const fields = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: ['', ...'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')] },
  // 7 is Sunday, too.
  { low: 0, high: 7, names: 'sun mon tue wed thu fri sat'.split(' ') },
] as const;

type Field = (typeof fields)[number];

/**
 * Whether a schedule is due in the minute of a time. If both days are restricted, one of them is enough, as in cron.
 * A schedule that is not five fields of numbers, names, lists, ranges and steps is never due.
 */
export function isDue(schedule: string, time: Date): boolean {
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== fields.length) return false;
  const sets = fields.map((field, index) => valuesOf(parts[index] ?? '', field));
  const [minutes, hours, days, months, weekdays] = sets;
  if (!minutes || !hours || !days || !months || !weekdays) return false;
  const isOn = (set: ReadonlySet<number>, value: number) => set.has(value);
  const isDay = isOn(days, time.getUTCDate());
  const isWeekday = isOn(weekdays, time.getUTCDay()) || (time.getUTCDay() === 0 && isOn(weekdays, 7));
  const isFree = (index: number) => /^[*?]/.test(parts[index] ?? '');
  const isDate = isFree(2) || isFree(4) ? isDay && isWeekday : isDay || isWeekday;
  return (
    isOn(minutes, time.getUTCMinutes()) &&
    isOn(hours, time.getUTCHours()) &&
    isOn(months, time.getUTCMonth() + 1) &&
    isDate
  );
}

/** The values that a field stands for; undefined if it is not one. */
function valuesOf(text: string, field: Field): Set<number> | undefined {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d+))?$/.exec(item) ?? [];
    const [first = '', last] = range.split('-');
    const isAll = range === '*' || range === '?';
    const low = isAll ? field.low : numberOf(first, field);
    const high =
      isAll || (last === undefined && item.includes('/')) ? field.high : numberOf(last ?? first, field);
    if (low === undefined || high === undefined || Number(step) < 1) return undefined;
    for (let value = low; value <= high; value += Number(step)) values.add(value);
  }
  return values;
}

function numberOf(text: string, { low, high, names }: Field): number | undefined {
  const named = (names as readonly string[]).indexOf(text.toLowerCase());
  const value = text !== '' && named >= 0 ? named : /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  return value >= low && value <= high ? value : undefined;
}
