/** The question usage_totals: how did the filtered requests go, compared with the window before? */
import { node } from '@tinybirdco/sdk';
import { comparedFigures, figureTypes } from './parts/compared-figures.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { filterParams, passesFilters } from './parts/filters.js';
import { seriesMetricNames, seriesMetrics } from './parts/series-metrics.js';
import { windowOrBefore, windowStart } from './parts/window.js';

/**
 * How did the filtered requests go, compared with the window of the same length before? The figures are the metrics of
 * usage_series, one row each, in the same form as those of usage_summary.
 */
export const usageTotals = defineQuestion('usage_totals', {
  description:
    'How did the filtered requests go, compared with the window of the same length before? One row per metric of usage_series: value, value_before, and change as a share of the value before. A figure without a request is 0, or unknown for money and rates. List prices.',
  params: { ...windowParams, ...filterParams },
  nodes: [
    billedRequests(windowOrBefore, passesFilters),
    node({
      name: 'spend',
      sql: `
SELECT
  timestamp < ${windowStart} AS is_before,
  ${seriesMetricNames.map((name) => `toFloat64(${seriesMetrics[name]}) AS of_${name}`).join(',\n  ')}
FROM billed_requests
GROUP BY is_before`,
    }),
    ...comparedFigures(Object.fromEntries(seriesMetricNames.map((name) => [name, `of_${name}`])), ['spend']),
  ],
  output: figureTypes,
});
