/** The routes below /v1/analytics that can be filtered: overview, series and breakdown. */
import * as z from 'zod/mini';
import { usageBreakdown, usageSeries, usageTotals } from '../../pipes/index.js';
import { eachFilter, givenFilters } from '../../pipes/parts/filters.js';
import { groupNames } from '../../pipes/parts/group-names.js';
import { periodNames } from '../../pipes/parts/period-names.js';
import { seriesMetricNames } from '../../pipes/parts/series-metrics.js';
import { usageBreakdownOrder } from '../../pipes/usage-breakdown.js';
import { rowsSchema } from '../../store/row-schema.js';
import { badRequest } from '../error.js';
import { byDefault, count, text, word, type Given } from '../parameters.js';
import { defineRoute } from '../route.js';
import { askAfter, cursorSchema, sliceParameters } from '../slice.js';
import { checkPeriods, trendParameters } from '../trend-parameters.js';
import { readWindow, windowParameters, windowSchema } from '../window.js';

const filterParameters = eachFilter((takes) => text(takes));

/** The filters in an answer: null for each that is not given. */
const filterSchema = z.strictObject(eachFilter(() => z.nullable(z.string())));

/** The given filters, as a pipe takes them and as an answer shows them. */
const readFilters = (given: Given<typeof filterParameters>) => ({
  filters: eachFilter((_, name) => given[name] ?? null),
  params: givenFilters(given),
});

const grouping = word(...groupNames);

/** The most rows of a series. */
const MOST_POINTS = 20_000;

export const totals = defineRoute({
  path: '/v1/analytics/overview',
  aliases: ['/api/analytics/overview'],
  summary: 'How did the filtered requests go, compared with the window of the same length before it?',
  parameters: { ...windowParameters, ...filterParameters },
  pipes: [usageTotals],
  answer: z.strictObject({ window: windowSchema, filters: filterSchema, metrics: rowsSchema(usageTotals) }),
  async ask({ client, given, now }) {
    const { params, window } = readWindow(given, now);
    const { filters, params: filtered } = readFilters(given);
    return { window, filters, metrics: await client.usageTotals.query({ ...params, ...filtered }) };
  },
});

export const series = defineRoute({
  path: '/v1/analytics/series',
  aliases: ['/api/analytics/series'],
  summary: 'How did one figure of the filtered requests develop, for each part of them?',
  parameters: {
    ...windowParameters,
    ...filterParameters,
    ...trendParameters,
    metric: byDefault(word(...seriesMetricNames), 'cost_usd'),
    group_by: grouping,
    limit: byDefault(count(100), 10),
  },
  pipes: [usageSeries],
  answer: z.strictObject({
    window: windowSchema,
    filters: filterSchema,
    period: z.enum(periodNames),
    timezone: z.string(),
    metric: z.enum(seriesMetricNames),
    group_by: z.nullable(z.enum(groupNames)),
    points: rowsSchema(usageSeries),
  }),
  async ask({ client, given, now }) {
    const asked = readWindow(given, now);
    const { filters, params: filtered } = readFilters(given);
    const { period = 'daily', timezone = 'UTC', metric = 'cost_usd', group_by, limit = 10 } = given;
    const lines = group_by === undefined ? 1 : limit + 1;
    if (checkPeriods(asked.window, period, now) * lines > MOST_POINTS)
      throw badRequest('a series has at most 20,000 points: ask for fewer parts (limit) or longer periods');
    const points = await client.usageSeries.query({
      ...asked.params,
      ...filtered,
      from: new Date(asked.window.from),
      period,
      timezone,
      metric,
      limit,
      ...(group_by === undefined ? {} : { group_by }),
    });
    return { window: asked.window, filters, period, timezone, metric, group_by: group_by ?? null, points };
  },
});

export const breakdown = defineRoute({
  path: '/v1/analytics/breakdown',
  aliases: ['/api/analytics/breakdown'],
  summary: 'What did each part of the filtered requests cost? A page, most expensive first.',
  parameters: { ...windowParameters, ...filterParameters, group_by: grouping, ...sliceParameters },
  pipes: [usageBreakdown],
  answer: z.strictObject({
    window: windowSchema,
    filters: filterSchema,
    group_by: z.nullable(z.enum(groupNames)),
    parts: rowsSchema(usageBreakdown),
    /** Cursor of the next page; null on the last page. */
    next_cursor: cursorSchema,
  }),
  async ask({ client, given: { group_by, ...given }, now }) {
    const { params, window } = readWindow(given, now);
    const { filters, params: filtered } = readFilters(given);
    const { rows, next_cursor } = await askAfter(
      given,
      { name: `parts by ${group_by ?? ''}`, order: usageBreakdownOrder },
      (slice) =>
        client.usageBreakdown.query({
          ...params,
          ...filtered,
          ...slice,
          ...(group_by === undefined ? {} : { group_by }),
        }),
    );
    return { window, filters, group_by: group_by ?? null, parts: rows, next_cursor };
  },
});
