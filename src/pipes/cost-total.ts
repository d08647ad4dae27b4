/** The question cost_total: what was spent? */
import { node } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';

/** What was spent? One row, cheap enough to be queried often. */
export const costTotal = defineQuestion('cost_total', {
  description:
    'What was spent in the window? One row: list price, tokens of each kind, requests, and how many of them are unpriced.',
  params: windowParams,
  nodes: [
    billedRequests(),
    node({
      name: 'total',
      sql: `
SELECT
  ${spendOfPart}
FROM billed_requests`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  * EXCEPT (total_cost_usd),
  if(request_count = 0, 0, total_cost_usd) AS total_cost_usd
FROM total`,
    }),
  ],
  output: spendTypes,
});
