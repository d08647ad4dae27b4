/** The question cost_by_branch: what did each branch of each project cost? */
import { node, t } from '@tinybirdco/sdk';
import { partOf, spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';

/** The order of the rows. */
export const costByBranchOrder = pageOrder(
  ['total_cost_usd', 'most_expensive'],
  ['project_name', 'text'],
  ['branch', 'text'],
);

/** What did each branch of each project cost? The branch is the one that was checked out when the request was made. */
export const costByBranch = defineQuestion('cost_by_branch', {
  description:
    'What did each branch of each project cost, most expensive first? The branch that was checked out when a request was made; `unattributed` without one. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...costByBranchOrder.params },
  nodes: [
    billedRequests(),
    node({
      name: 'parts',
      sql: `
SELECT
  ${partOf.project} AS project_name,
  if(git_branch != '', git_branch, 'unattributed') AS branch,
  ${spendOfPart}
FROM billed_requests
GROUP BY project_name, branch`,
    }),
    costByBranchOrder.page('parts'),
  ],
  output: { project_name: t.string(), branch: t.string(), ...spendTypes },
});
