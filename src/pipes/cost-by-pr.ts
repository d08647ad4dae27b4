/** The question cost_by_pr: what did each pull request cost? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, oneOf, windowParams } from './parts/define.js';
import { pullRequestNodes } from './parts/pull-requests.js';
import { pageOrder } from './parts/page-order.js';
import { windowEnd, windowStart } from './parts/window.js';

const inAskedWindow = (at: string) => `(${at} >= ${windowStart} AND ${at} < ${windowEnd})`;

/** The order of the rows. */
export const costByPrOrder = pageOrder(
  ['pull_request', 'attributed_first'],
  ['opened_at', 'unknown_then_latest'],
  ['pr_number', 'most'],
  ['pull_request', 'text'],
);

/**
 * What did each pull request cost? Every request is in exactly one row, so the rows sum to the total of the other
 * breakdowns (parts/pull-requests.ts has the rule). A pull request that was opened, noted or ended in the window has a
 * row even if no request of the window belongs to it.
 */
export const costByPr = defineQuestion('cost_by_pr', {
  description:
    'What did each pull request cost? Those whose opening is unknown come first, then the newest. A request belongs to the pull request whose head is the branch that was checked out, else to the row `unattributed`. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...costByPrOrder.params },
  nodes: [
    billedRequests(),
    ...pullRequestNodes(),
    node({
      name: 'spend_of_pulls',
      sql: `
SELECT
  repository,
  number,
  uniqExact(session_id) AS sessions,
  ${spendOfPart}
FROM requests_of_pulls
GROUP BY repository, number`,
    }),
    node({
      name: 'rows_of_pulls',
      sql: `
SELECT
  if(number = 0, 'unattributed', concat(repository, '#', toString(number))) AS pull_request,
  repository,
  nullIf(toUInt32(number), 0) AS pr_number,
  head AS branch,
  state,
  opened_at,
  merged_at,
  closed_at,
  cycle_ms,
  files,
  lines_added,
  lines_removed,
  if(number = 0, NULL, sessions) AS sessions,
  if(number = 0 OR head = '', NULL, certainty) AS confidence,
  ${Object.keys(spendTypes).join(',\n  ')}
FROM spend_of_pulls
FULL OUTER JOIN pull_requests USING (repository, number)
WHERE request_count > 0
  OR ${inAskedWindow('first_noted')}
  OR ifNull(${inAskedWindow('merged_at')}, 0)
  OR ifNull(${inAskedWindow('closed_at')}, 0)`,
    }),
    costByPrOrder.page('rows_of_pulls'),
  ],
  output: {
    pull_request: t.string(),
    repository: t.string(),
    pr_number: t.uint32().nullable(),
    branch: t.string(),
    state: oneOf('', 'open', 'merged', 'closed'),
    opened_at: t.dateTime64(3, 'UTC').nullable(),
    merged_at: t.dateTime64(3, 'UTC').nullable(),
    closed_at: t.dateTime64(3, 'UTC').nullable(),
    cycle_ms: t.uint64().nullable(),
    files: t.uint64().nullable(),
    lines_added: t.uint64().nullable(),
    lines_removed: t.uint64().nullable(),
    sessions: t.uint64().nullable(),
    confidence: t.float64().nullable(),
    ...spendTypes,
  },
});
