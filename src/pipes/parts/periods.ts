/** The periods of a trend as SQL. */
import { node, p, type NodeDefinition } from '@tinybirdco/sdk';
import { windowParams } from './define.js';
import { MOST_PERIODS, TOO_MANY_PERIODS } from './most-periods.js';
import { windowBetween, windowEnd as askedEnd, windowStart as askedStart } from './window.js';

/**
 * The requested window, clipped to the years of DateTime: period starts are 32-bit seconds since 1970, and later times
 * would overflow.
 */
const windowStart = `greatest(${askedStart}, toDateTime64('1971-01-01 00:00:00', 3, 'UTC'))`;
const windowEnd = `least(${askedEnd}, toDateTime64('2100-01-01 00:00:00', 3, 'UTC'))`;

/** Parameters of a question about hours, days, weeks or months. */
export const periodParams = {
  ...windowParams,
  period: p.string().optional('daily').describe('hourly, daily, weekly (from Monday) or monthly.'),
  timezone: p
    .string()
    .optional('UTC')
    .describe('IANA name of the time zone in which periods begin, e.g. Europe/Berlin.'),
};

const zone = `{{ String(timezone, 'UTC') }}`;

/** Start of the period that contains a time. Weeks begin on Monday (ISO 8601). */
export const periodOf = (time: string) => `
  {% if String(period, 'daily') == 'hourly' %}
  toDateTime(toStartOfHour(toTimeZone(${time}, ${zone})), ${zone})
  {% elif String(period, 'daily') == 'weekly' %}
  toDateTime(toMonday(${time}, ${zone}), ${zone})
  {% elif String(period, 'daily') == 'monthly' %}
  toDateTime(toStartOfMonth(${time}, ${zone}), ${zone})
  {% elif String(period, 'daily') == 'daily' %}
  toDateTime(toStartOfDay(${time}, ${zone}), ${zone})
  {% else %}
  {{ error('period takes hourly, daily, weekly or monthly') }}
  {% end %}`;

/** Adds a number of periods to a time. */
const periodsLater = (time: string, count: string) => `
  {% if String(period, 'daily') == 'hourly' %}
  addHours(${time}, ${count})
  {% elif String(period, 'daily') == 'weekly' %}
  addWeeks(${time}, ${count})
  {% elif String(period, 'daily') == 'monthly' %}
  addMonths(${time}, ${count})
  {% else %}
  addDays(${time}, ${count})
  {% end %}`;

/** Number of periods between two times. */
const periodsBetween = (from: string, to: string) => `
  dateDiff(
  {% if String(period, 'daily') == 'hourly' %}
  'hour'
  {% elif String(period, 'daily') == 'weekly' %}
  'week'
  {% elif String(period, 'daily') == 'monthly' %}
  'month'
  {% else %}
  'day'
  {% end %}
  , ${from}, ${to}, ${zone})`;

/** Start of a trend: a rolling window is widened to whole periods; exact bounds stay as requested. */
export const firstMoment = `
  {% if defined(date_from) %}
  ${windowStart}
  {% else %}
  ${periodOf(`(${windowStart})`)}
  {% end %}`;

/** The window of a trend. */
export const wholePeriods = windowBetween(firstMoment, windowEnd);

/** One row per period of the window, in order, with its start `starts`. */
export const periods = (): NodeDefinition =>
  node({
    name: 'periods',
    sql: `
SELECT ${periodsLater('first_start', 'place')} AS starts
FROM (
  SELECT
    first_start,
    toUInt64(greatest(0, ${periodsBetween('first_start', 'last_start')}) + 1) AS number_of_periods
  FROM (
    SELECT
      ${periodOf(`(${windowStart})`)} AS first_start,
      ${periodOf(`(${windowEnd}) - toIntervalMillisecond(1)`)} AS last_start
  )
)
ARRAY JOIN range(number_of_periods + throwIf(number_of_periods > ${MOST_PERIODS}, '${TOO_MANY_PERIODS}')) AS place`,
  });

/** The name of the period that begins at a time: its date; for an hour, also the time. */
export const periodName = (starts: string) => `
  {% if String(period, 'daily') == 'hourly' %}
  formatDateTime(${starts}, '%Y-%m-%d %H:%i', ${zone})
  {% else %}
  formatDateTime(${starts}, '%Y-%m-%d', ${zone})
  {% end %}`;

/** The name and start of each period, and whether it lies only partly in the window. */
export const periodColumns = `
  ${periodName('starts')} AS period_start,
  toTimeZone(starts, 'UTC') AS starts_at,
  {% if defined(date_from) %}
  starts < ${askedStart} OR
  {% end %}
  ${periodsLater('starts', '1')} > ${windowEnd} AS is_partial`;
