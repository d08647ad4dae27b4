import { node, p, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, windowParams } from './define.js';
import { windowEnd, windowStart } from './window.js';

const zone = `{{ String(timezone, 'UTC') }}`;

/** First moment of the period that a time lies in. Weeks begin on Monday (ISO 8601). */
const periodOf = (time: string) => `
  {% if String(period, 'daily') == 'hourly' %}
  toDateTime(toStartOfHour(toTimeZone(${time}, ${zone})), ${zone})
  {% elif String(period, 'daily') == 'weekly' %}
  toDateTime(toMonday(${time}, ${zone}), ${zone})
  {% elif String(period, 'daily') == 'monthly' %}
  toDateTime(toStartOfMonth(${time}, ${zone}), ${zone})
  {% else %}
  toDateTime(toStartOfDay(${time}, ${zone}), ${zone})
  {% end %}`;

/** A moment some periods later. */
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

/** How many periods lie between two moments. */
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

/** A rolling window is widened to whole periods; exact bounds stay as they are asked for. */
const wholePeriods = `
  {% if defined(date_from) %}
  timestamp >= ${windowStart}
  {% else %}
  timestamp >= ${periodOf(`(${windowStart})`)}
  {% end %}
  AND timestamp < ${windowEnd}`;

/**
 * How did cost and use develop? One row an hour, day, week or month of the window, in order; a period without
 * requests is there with zeros. `is_partial` marks a period that the window does not hold whole.
 */
export const costTrend = defineQuestion('cost_trend', {
  description:
    'How did cost and use develop? One row an hour, day, ISO week or month in the given time zone, in order; a period without requests has zeros. is_partial: the window does not hold the whole period. List prices.',
  params: {
    ...windowParams,
    period: p.string().optional('daily').describe('hourly, daily, weekly (from Monday) or monthly.'),
    timezone: p
      .string()
      .optional('UTC')
      .describe('IANA name of the time zone in which periods begin, e.g. Europe/Berlin.'),
  },
  nodes: [
    billedRequests(wholePeriods),
    node({
      name: 'spend',
      sql: `
SELECT
  ${periodOf('timestamp')} AS starts,
  uniqExactIf(session_id, session_id != '') AS session_count,
  count() AS requests,
  sum(total_tokens) AS tokens,
  sum(output_tokens) AS output,
  sum(cache_read_tokens) AS cache_read,
  sum(input_tokens + cache_read_tokens + cache_creation_tokens) AS prompt_tokens,
  sumOrNull(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced
FROM billed_requests
GROUP BY starts`,
    }),
    node({
      name: 'periods',
      sql: `
SELECT ${periodsLater('first_start', 'place')} AS starts
FROM (
  SELECT
    ${periodOf(`(${windowStart})`)} AS first_start,
    ${periodOf(`(${windowEnd}) - toIntervalMillisecond(1)`)} AS last_start
)
ARRAY JOIN range(toUInt64(greatest(0, ${periodsBetween('first_start', 'last_start')}) + 1)) AS place`,
    }),
    node({
      name: 'filled',
      sql: `
SELECT
  {% if String(period, 'daily') == 'hourly' %}
  formatDateTime(starts, '%Y-%m-%d %H:%i', ${zone}) AS period_start,
  {% else %}
  formatDateTime(starts, '%Y-%m-%d', ${zone}) AS period_start,
  {% end %}
  toTimeZone(starts, 'UTC') AS starts_at,
  {% if defined(date_from) %}
  starts < ${windowStart} OR
  {% end %}
  ${periodsLater('starts', '1')} > ${windowEnd} AS is_partial,
  session_count AS sessions,
  requests AS request_count,
  tokens AS total_tokens,
  output AS total_output,
  if(prompt_tokens > 0, cache_read / prompt_tokens, NULL) AS cache_hit_rate,
  if(requests = 0, 0, cost) AS total_cost_usd,
  unpriced AS unpriced_requests
FROM periods
LEFT JOIN spend USING (starts)`,
    }),
    node({
      name: 'trend',
      sql: `
SELECT
  *,
  total_cost_usd / nullIf(max(total_cost_usd) OVER (), 0) AS cost_share_of_largest
FROM filled
ORDER BY starts_at`,
    }),
  ],
  output: {
    period_start: t.string(),
    starts_at: t.dateTime('UTC'),
    is_partial: t.uint8(),
    sessions: t.uint64(),
    request_count: t.uint64(),
    total_tokens: t.uint64(),
    total_output: t.uint64(),
    cache_hit_rate: t.float64().nullable(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    cost_share_of_largest: t.float64().nullable(),
  },
});
