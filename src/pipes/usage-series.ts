/** The question usage_series: how did one figure develop, for each part of the filtered requests? */
import { node, p, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion } from './parts/define.js';
import { askedPart, filterParams, passesFilters } from './parts/filters.js';
import { groupNames } from './parts/group-names.js';
import { joinedFacts } from './parts/session-facts.js';
import { periodColumns, periodOf, periodParams, wholePeriods } from './parts/periods.js';
import { seriesMetricNames, seriesMetrics } from './parts/series-metrics.js';

/** SQL of the requested metric. */
const askedMetric = `
  ${seriesMetricNames
    .map(
      (name, place) => `{% ${place === 0 ? 'if' : 'elif'} String(metric, 'cost_usd') == '${name}' %}
  toFloat64(${seriesMetrics[name]})`,
    )
    .join('\n  ')}
  {% else %}
  {{ error('metric takes ${seriesMetricNames.join(', ')}') }}
  {% end %}`;

/**
 * How did one figure develop, for each part of the filtered requests? One row per period and part that has requests. The
 * parts that cost most have rows of their own, all others are one part together, with `is_rest`.
 */
export const usageSeries = defineQuestion('usage_series', {
  description:
    'How did one figure develop, for each part of the filtered requests? One row per hour, day, ISO week or month in the given time zone and part that has requests, in order of time, then of the part. The `limit` parts that cost most have rows of their own; all others are one part together, with is_rest 1 and an empty name. Within a period every request that passes the filters is in exactly one row. List prices.',
  params: {
    ...periodParams,
    ...filterParams,
    metric: p
      .string()
      .optional('cost_usd')
      .describe(`The figure: ${seriesMetricNames.join(', ')}.`),
    group_by: p
      .string()
      .optional()
      .describe(`The parts: ${groupNames.join(', ')}. Default: one part, all requests.`),
    limit: p.int32().optional(10).describe('How many parts have rows of their own.'),
  },
  nodes: [
    billedRequests(wholePeriods, passesFilters),
    node({
      name: 'parts',
      sql: `
SELECT
  *,
  ${periodOf('timestamp')} AS starts,
  ${askedPart} AS asked_part
FROM billed_requests${joinedFacts}`,
    }),
    node({
      name: 'most_expensive',
      sql: `
SELECT asked_part
FROM parts
GROUP BY asked_part
ORDER BY sumOrNull(cost_usd) DESC NULLS LAST, asked_part
LIMIT {{ Int32(limit, 10) }}`,
    }),
    node({
      name: 'sums',
      sql: `
SELECT
  starts,
  asked_part NOT IN (SELECT asked_part FROM most_expensive) AS is_rest,
  if(is_rest, '', asked_part) AS part,
  ${askedMetric} AS value,
  count() AS request_count
FROM parts
GROUP BY starts, is_rest, part`,
    }),
    node({
      name: 'series',
      sql: `
SELECT
  ${periodColumns},
  part,
  is_rest,
  value,
  request_count
FROM sums
ORDER BY starts_at, is_rest, part`,
    }),
  ],
  output: {
    period_start: t.string(),
    starts_at: t.dateTime('UTC'),
    is_partial: t.uint8(),
    part: t.string(),
    is_rest: t.uint8(),
    value: t.float64().nullable(),
    request_count: t.uint64(),
  },
});
