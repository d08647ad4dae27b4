/** The question delivery: what was delivered, how long did it take, and what did it cost? */
import { node, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { filterParams } from './parts/filters.js';
import { isReverted, outcomeNodes } from './parts/request-outcomes.js';
import { windowEnd, windowStart } from './parts/window.js';

const inAskedWindow = (at: string) => `ifNull(${at} >= ${windowStart} AND ${at} < ${windowEnd}, 0)`;

const onBranch = (column: string) => `
  {% if defined(branch) %}
  AND if(${column} = '', 'unattributed', ${column}) = {{ String(branch) }}
  {% end %}`;

/**
 * What was delivered in the window, how long did it take, and what did it cost? One row.
 *
 * Counts and times are of what happened in the window. Costs are of the requests of the window: those of pull requests
 * that have been merged, divided by the number of these pull requests; the same for commits. So they sum to the rows of
 * `outcomes`, and a pull request that began before the window counts with its part only.
 */
export const delivery = defineQuestion('delivery', {
  description:
    'What was delivered, how long did it take, and what did it cost? One row. Commits that were made, reverts, pull requests that were opened, merged, or closed without a merge in the window, and the time from opening to merge of those merged. cost_per_*: list price of the requests of the window that belong to merged pull requests (or to commits), divided by the number of these. pull_requests_reopened: how often one that was closed without a merge in the window was opened again, as far as imports saw it closed.',
  params: { ...windowParams, branch: filterParams.branch },
  nodes: [
    billedRequests(
      undefined,
      `
  {% if defined(branch) %}
  AND if(git_branch = '', 'unattributed', git_branch) = {{ String(branch) }}
  {% end %}`,
    ),
    ...outcomeNodes,
    node({
      name: 'made',
      sql: `
SELECT
  count() AS commits,
  countIf(kind = 'reverted') AS reverts,
  countIf(${isReverted}) AS reverted_commits,
  sumOrNull(size.2) AS lines_added,
  sumOrNull(size.3) AS lines_removed
FROM commits
WHERE ${inAskedWindow('committed_at')}
  ${onBranch('branch')}`,
    }),
    node({
      name: 'pulled',
      sql: `
SELECT
  countIf(${inAskedWindow('opened_at')}) AS pull_requests_opened,
  countIf(state = 'merged' AND ${inAskedWindow('merged_at')}) AS pull_requests_merged,
  countIf(state = 'closed' AND ${inAskedWindow('closed_at')}) AS pull_requests_closed,
  sum(arrayCount(at -> ${inAskedWindow('at')}, closings_before_reopening)) AS pull_requests_reopened,
  countIf(state = 'open') AS pull_requests_open,
  countIf(state = '') AS pull_requests_unknown,
  avgOrNullIf(cycle_ms, state = 'merged' AND ${inAskedWindow('merged_at')}) AS avg_cycle_ms,
  quantileExactInclusiveOrNullIf(0.5)(cycle_ms, state = 'merged' AND ${inAskedWindow('merged_at')}) AS median_cycle_ms,
  maxOrNullIf(cycle_ms, state = 'merged' AND ${inAskedWindow('merged_at')}) AS longest_cycle_ms
FROM pull_requests
WHERE 1 = 1
  ${onBranch('head')}`,
    }),
    node({
      name: 'spent',
      sql: `
SELECT
  sumOrNull(cost_usd) AS total_cost_usd,
  countIf(cost_usd IS NULL) AS unpriced_requests,
  uniqExactIf((repository, number), outcome = 'merged_pr') AS merged_with_cost,
  sumOrNullIf(cost_usd, outcome = 'merged_pr') AS merged_cost_usd,
  uniqExactIf((session_id, chain), chain != '') AS commits_with_cost,
  sumOrNullIf(cost_usd, chain != '') AS commit_cost_usd,
  sumOrNullIf(cost_usd, outcome = 'reverted') AS reverted_cost_usd
FROM request_outcomes`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  commits,
  reverts,
  reverted_commits,
  reverted_commits / nullIf(commits, 0) AS revert_rate,
  lines_added,
  lines_removed,
  pull_requests_opened,
  pull_requests_merged,
  pull_requests_closed,
  pull_requests_reopened,
  pull_requests_open,
  pull_requests_unknown,
  avg_cycle_ms,
  median_cycle_ms,
  longest_cycle_ms,
  total_cost_usd,
  unpriced_requests,
  merged_with_cost,
  merged_cost_usd,
  merged_cost_usd / nullIf(merged_with_cost, 0) AS cost_per_merged_pr_usd,
  commits_with_cost,
  commit_cost_usd,
  commit_cost_usd / nullIf(commits_with_cost, 0) AS cost_per_commit_usd,
  reverted_cost_usd
FROM made
CROSS JOIN pulled
CROSS JOIN spent`,
    }),
  ],
  output: {
    commits: t.uint64(),
    reverts: t.uint64(),
    reverted_commits: t.uint64(),
    revert_rate: t.float64().nullable(),
    lines_added: t.uint64().nullable(),
    lines_removed: t.uint64().nullable(),
    pull_requests_opened: t.uint64(),
    pull_requests_merged: t.uint64(),
    pull_requests_closed: t.uint64(),
    pull_requests_reopened: t.uint64(),
    pull_requests_open: t.uint64(),
    pull_requests_unknown: t.uint64(),
    avg_cycle_ms: t.float64().nullable(),
    median_cycle_ms: t.float64().nullable(),
    longest_cycle_ms: t.uint64().nullable(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    merged_with_cost: t.uint64(),
    merged_cost_usd: t.float64().nullable(),
    cost_per_merged_pr_usd: t.float64().nullable(),
    commits_with_cost: t.uint64(),
    commit_cost_usd: t.float64().nullable(),
    cost_per_commit_usd: t.float64().nullable(),
    reverted_cost_usd: t.float64().nullable(),
  },
});
