/** The question cost_by_period: what did each period cost, and each model in it? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, oneOf } from './parts/define.js';
import { periodName, periodOf, periodParams, wholePeriods } from './parts/periods.js';

/**
 * What did each hour, day, week or month cost, and each model in it? Three levels in one pass over the requests: a
 * period, a model in a period, and the total of the window.
 */
export const costByPeriod = defineQuestion('cost_by_period', {
  description:
    'What did each period cost, and each model in it? Rows of three levels: `period` (an hour, day, ISO week or month in the given time zone, in order), after each its rows of the level `model` (most expensive first), and at the end one row `total`. A period without requests has no row. Within a level every request is in exactly one row. List prices.',
  params: periodParams,
  nodes: [
    billedRequests(wholePeriods),
    node({
      name: 'parts',
      sql: `
SELECT
  part_of.1 AS level,
  part_of.2 AS period_start,
  part_of.3 AS part,
  ${spendOfPart}
FROM (
  SELECT
    *,
    ${periodOf('timestamp')} AS starts,
    ${periodName('starts')} AS period_name
  FROM billed_requests
)
ARRAY JOIN [('period', period_name, ''), ('model', period_name, model), ('total', '', '')] AS part_of
GROUP BY level, period_start, part`,
    }),
    node({
      name: 'ordered',
      sql: `
SELECT
  level,
  period_start,
  part AS model,
  * EXCEPT (level, period_start, part)
FROM parts
ORDER BY level = 'total', period_start, level = 'model', total_cost_usd DESC NULLS LAST, model`,
    }),
  ],
  output: {
    level: oneOf('period', 'model', 'total'),
    period_start: t.string(),
    model: t.string(),
    ...spendTypes,
  },
});
