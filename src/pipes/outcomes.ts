/** The question outcomes: what became of the work that was paid for? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, oneOf, windowParams } from './parts/define.js';
import { filterParams, passesFilters } from './parts/filters.js';
import { outcomeNodes, requestOutcomes } from './parts/request-outcomes.js';

const listed = `[${requestOutcomes.map((one) => `'${one}'`).join(', ')}]`;

/**
 * What became of the work that was paid for? Every request is in exactly one row (parts/request-outcomes.ts has the
 * rule), so the rows sum to the total. A row without requests is left out.
 */
export const outcomes = defineQuestion('outcomes', {
  description:
    'What became of the work that was paid for? One row per outcome: merged_pr, open_pr, closed_pr (closed without a merge), unknown_pr (its state was never imported), commit (a commit without a pull request), reverted (a commit that was reverted, in a pull request or not), unattributed. States are those of the last import. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...filterParams },
  nodes: [
    billedRequests(undefined, passesFilters),
    ...outcomeNodes,
    node({
      name: 'rows_of_outcomes',
      sql: `
SELECT
  *,
  total_cost_usd / nullIf(sum(total_cost_usd) OVER (), 0) AS cost_share
FROM (
  SELECT
    outcome,
    uniqExactIf((repository, number), number != 0) AS pull_requests,
    uniqExactIf((session_id, chain), chain != '') AS commits,
    uniqExactIf(session_id, session_id != '') AS sessions,
    ${spendOfPart}
  FROM request_outcomes
  GROUP BY outcome
)
ORDER BY indexOf(${listed}, outcome)`,
    }),
  ],
  output: {
    outcome: oneOf(...requestOutcomes),
    pull_requests: t.uint64(),
    commits: t.uint64(),
    sessions: t.uint64(),
    ...spendTypes,
    cost_share: t.float64().nullable(),
  },
});
