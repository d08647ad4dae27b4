/** The question cost_by_commit: what did each commit cost? */
import { node, p, t } from '@tinybirdco/sdk';
import { commitOwners, shortCommit, shortHash } from './parts/commit-owners.js';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, oneOf, windowOfSession, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { thisSession } from './session-overview.js';

/** What `cost_by_commit` says of a commit besides its cost. */
const commitTypes = {
  commit_hash: t.string(),
  project: t.string(),
  branch: t.string(),
  committed_at: t.dateTime64(3, 'UTC').nullable(),
  session_id: t.string(),
  agent_type: t.string(),
  kind: oneOf('', 'committed', 'amended', 'cherry_picked', 'reverted'),
  replaced_commits: t.array(t.string()),
  copies: t.array(t.string()),
  reverts: t.string(),
  reverted_by: t.string(),
  counted_with: t.string(),
  files: t.uint64().nullable(),
  lines_added: t.uint64().nullable(),
  lines_removed: t.uint64().nullable(),
  confidence: t.float64().nullable(),
};

/** The order of the rows. */
export const costByCommitOrder = pageOrder(
  ['commit_hash', 'attributed_first'],
  ['committed_at', 'latest'],
  ['commit_hash', 'text'],
  ['session_id', 'text'],
);

/**
 * What did each commit cost? Every request is in exactly one row, so the rows sum to the total of the other
 * breakdowns: it belongs to the next commit of its thread (parts/commit-owners.ts), else to the row `unattributed`.
 *
 * Commits of the window have a row even if no request of the window belongs to them; so have commits after it that own
 * requests of it.
 */
export const costByCommit = defineQuestion('cost_by_commit', {
  description:
    'What did each commit that a session made cost, newest first? A request belongs to the next commit of its thread, else to the row `unattributed`. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: {
    ...windowParams,
    ...costByCommitOrder.params,
    session_id: p
      .string()
      .optional()
      .describe('Only the commits and requests of this session, whole, unless days or date_from is given.'),
  },
  nodes: [
    billedRequests(windowOfSession, thisSession),
    ...commitOwners,
    node({
      name: 'spend_of_commits',
      sql: `
SELECT
  if(owner = '', '', requester) AS session_id,
  owner AS chain,
  ${spendOfPart}
FROM (SELECT * EXCEPT (session_id, chain), session_id AS requester, chain AS owner FROM owned_requests)
GROUP BY session_id, chain`,
    }),
    node({
      name: 'commit_facts',
      description: 'What is known of each commit, and with which commit of its call its requests are counted',
      sql: `
SELECT
  session_id,
  chain,
  committed_at AS timestamp,
  commit_hash AS hash,
  project AS in_project,
  branch AS on_branch,
  if(agent_id = '', 'main', if(agent_type = '', 'unattributed', agent_type)) AS made_by,
  kind AS made_as,
  replaced,
  copied_as,
  reverts AS undone,
  undone_by,
  counted_with AS with_hash,
  size,
  confidence AS certainty
FROM (
  SELECT *, ${shortCommit} AS short_hash
  FROM commits
  WHERE 1 = 1
    ${thisSession}
) AS known
LEFT JOIN (
  SELECT project, short_hash, reverted_by AS undone_by
  FROM reverted_commits
) AS undoing USING (project, short_hash)
LEFT JOIN (
  SELECT session_id, ${shortHash('copies')} AS short_hash, arraySort(groupUniqArray(hash)) AS copied_as
  FROM made_commits
  WHERE copies != ''
  GROUP BY session_id, short_hash
) AS copying USING (session_id, short_hash)`,
    }),
    node({
      name: 'rows_of_commits',
      sql: `
SELECT
  if(chain = '', 'unattributed', hash) AS commit_hash,
  in_project AS project,
  on_branch AS branch,
  if(chain = '', NULL, timestamp) AS committed_at,
  session_id,
  made_by AS agent_type,
  made_as AS kind,
  replaced AS replaced_commits,
  copied_as AS copies,
  undone AS reverts,
  undone_by AS reverted_by,
  with_hash AS counted_with,
  size.1 AS files,
  size.2 AS lines_added,
  size.3 AS lines_removed,
  if(chain = '', NULL, certainty) AS confidence,
  ${Object.keys(spendTypes).join(',\n  ')}
FROM spend_of_commits
FULL OUTER JOIN commit_facts USING (session_id, chain)
WHERE request_count > 0
  OR (${windowOfSession.rows})`,
    }),
    costByCommitOrder.page('rows_of_commits'),
  ],
  output: { ...commitTypes, ...spendTypes },
});
