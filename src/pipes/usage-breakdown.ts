/** The question usage_breakdown: what did each part of the filtered requests cost? */
import { node, p, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { askedPart, filterParams, passesFilters } from './parts/filters.js';
import { groupNames } from './parts/group-names.js';
import { joinedFacts } from './parts/session-facts.js';
import { pageOrder } from './parts/page-order.js';

/** The order of the rows. */
export const usageBreakdownOrder = pageOrder(['total_cost_usd', 'most_expensive'], ['part', 'text']);

/**
 * What did each part of the filtered requests cost? By `group_by`; without it, all of them as one row. Every request is
 * in exactly one row.
 */
export const usageBreakdown = defineQuestion('usage_breakdown', {
  description:
    'What did each part of the filtered requests cost, most expensive first? group_by chooses the parts; without it, one row with an empty part. Every request that passes the filters is in exactly one row, and cost_share is the share of their priced total. List prices.',
  params: {
    ...windowParams,
    ...filterParams,
    group_by: p
      .string()
      .optional()
      .describe(`The parts: ${groupNames.join(', ')}. Default: one part, all requests.`),
    ...usageBreakdownOrder.params,
  },
  nodes: [
    billedRequests(undefined, passesFilters),
    node({
      name: 'parts',
      sql: `
SELECT
  ${askedPart} AS part,
  uniqExactIf(session_id, session_id != '') AS sessions,
  ${spendOfPart}
FROM billed_requests${joinedFacts}
GROUP BY part`,
    }),
    node({
      name: 'shares',
      sql: `
SELECT
  *,
  total_cost_usd / nullIf(sum(total_cost_usd) OVER (), 0) AS cost_share
FROM parts`,
    }),
    usageBreakdownOrder.page('shares'),
  ],
  output: {
    part: t.string(),
    sessions: t.uint64(),
    ...spendTypes,
    cost_share: t.float64().nullable(),
  },
});
