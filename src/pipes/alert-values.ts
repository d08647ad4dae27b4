/** The question alert_values: what is a figure now, and what was it in the windows before? */
import { node, p, t } from '@tinybirdco/sdk';
import { windowMetricNames } from './parts/alert-metrics.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { filterParams, passesFilters } from './parts/filters.js';
import { seriesMetrics } from './parts/series-metrics.js';
import { toolCalls } from './parts/tool-calls.js';
import { windowEnd, windowStart } from './parts/window.js';

/** Starts of the windows, milliseconds since 1970, ascending; the last window goes up to the end of the asked one. */
const starts = `
  {% if defined(starts) %}
  arrayMap(start -> toInt64OrZero(start), splitByChar(',', {{ String(starts) }}))
  {% else %}
  [toUnixTimestamp64Milli(${windowStart})]
  {% end %}`;

/** The window that a time is in, from 1; 0 before the first. */
const placeOf = (time: string) => `arrayCount(start -> start <= toUnixTimestamp64Milli(${time}), ${starts})`;

interface Figure {
  /** The node of its rows, and the time of a row. */
  from: string;
  time: string;
  sql: string;
}

const figures: Readonly<Record<(typeof windowMetricNames)[number], Figure>> = {
  ...(Object.fromEntries(
    Object.entries(seriesMetrics).map(([name, sql]) => [
      name,
      { from: 'billed_requests', time: 'timestamp', sql },
    ]),
  ) as Record<keyof typeof seriesMetrics, Figure>),
  tool_calls: { from: 'tool_calls', time: 'called_at', sql: 'count()' },
  tool_failures: { from: 'tool_calls', time: 'called_at', sql: `countIf(status = 'failure')` },
  tool_success_rate: {
    from: 'tool_calls',
    time: 'called_at',
    sql: `1 - countIf(status = 'failure') / count()`,
  },
};

/** SQL of the asked figure over a window without rows: nothing was spent, but a share of nothing is unknown. */
const ofNothing = `
  {% if String(metric, 'cost_usd') == 'cache_hit_rate' %}
  NULL
  {% elif String(metric, 'cost_usd') == 'tool_success_rate' %}
  NULL
  {% else %}
  0
  {% end %}`;

const sumsOf = ({ from, time, sql }: Figure) => `
  SELECT
    ${placeOf(time)} AS place,
    count() AS rows_of_window,
    toFloat64(${sql}) AS figure
  FROM ${from}
  GROUP BY place`;

/**
 * What is a figure in the asked window, and what was its median in the windows before it? One row. `starts` divides the
 * asked window: the value is that of the last part, the median that of the others. Requests can be filtered; calls of
 * tools by their project only.
 */
export const alertValues = defineQuestion('alert_values', {
  description:
    'What is a figure in the last part of the window, and what was its median in the parts before? One row. starts has the beginnings of the parts, milliseconds since 1970, ascending, by comma; without it the window is one part. A figure without a request or call is 0, a rate is unknown then. The median is over the earlier parts whose figure is known. List prices.',
  params: {
    ...windowParams,
    ...filterParams,
    metric: p
      .string()
      .optional('cost_usd')
      .describe(`The figure: ${windowMetricNames.join(', ')}.`),
    starts: p.string().optional().describe('Beginnings of the parts, milliseconds since 1970, by comma.'),
  },
  nodes: [
    billedRequests(undefined, passesFilters),
    toolCalls(),
    node({
      name: 'sums',
      sql: `${windowMetricNames
        .map(
          (name, index) => `
  {% ${index === 0 ? 'if' : 'elif'} String(metric, 'cost_usd') == '${name}' %}${sumsOf(figures[name])}`,
        )
        .join('')}
  {% else %}
  SELECT {{ error('metric takes ${windowMetricNames.join(', ')}') }}
  {% end %}`,
    }),
    node({
      name: 'windows',
      sql: `
SELECT
  places.place AS place,
  ifNull(rows_of_window, 0) AS window_rows,
  if(window_rows = 0, CAST(${ofNothing}, 'Nullable(Float64)'), figure) AS window_value
FROM (SELECT arrayJoin(arrayEnumerate(${starts})) AS place) AS places
LEFT JOIN sums ON sums.place = places.place`,
    }),
    node({
      name: 'value_and_median',
      sql: `
SELECT
  maxIf(window_value, place = length(${starts})) AS value,
  maxIf(window_rows, place = length(${starts})) AS row_count,
  arraySort(groupArrayIf(assumeNotNull(window_value), place < length(${starts}) AND window_value IS NOT NULL)) AS before,
  length(before) AS median_windows,
  if(
    median_windows = 0,
    NULL,
    (before[intDiv(median_windows + 1, 2)] + before[intDiv(median_windows + 2, 2)]) / 2
  ) AS median_before,
  fromUnixTimestamp64Milli(arrayElement(${starts}, -1), 'UTC') AS starts_at,
  ${windowEnd} AS ends_at
FROM windows`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT value, row_count, median_before, median_windows, starts_at, ends_at
FROM value_and_median`,
    }),
  ],
  output: {
    value: t.float64().nullable(),
    row_count: t.uint64(),
    median_before: t.float64().nullable(),
    median_windows: t.uint64(),
    starts_at: t.dateTime64(3, 'UTC'),
    ends_at: t.dateTime64(3, 'UTC'),
  },
});
