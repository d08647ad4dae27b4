/** SQL: what became of the work of each request. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { commitOwners, shortCommit } from './commit-owners.js';
import { pullRequestNodes } from './pull-requests.js';

/** What can become of the work of a request. */
export const requestOutcomes = [
  'merged_pr',
  'open_pr',
  'closed_pr',
  'unknown_pr',
  'commit',
  'reverted',
  'unattributed',
] as const;

/** SQL: whether a commit of `commits` was reverted. */
export const isReverted = `(project, ${shortCommit}) IN (SELECT project, short_hash FROM reverted_commits)`;

/**
 * The node `request_outcomes`, over `billed_requests`: each request once, with the commit (`chain`, empty for none) and
 * the pull request (`number`, 0 for none) that it belongs to, and what became of it.
 *
 * | outcome               | the request belongs to                                                         |
 * | --------------------- | ------------------------------------------------------------------------------ |
 * | reverted              | a commit that a later commit reverts, whatever its pull request                |
 * | merged_pr … closed_pr | a pull request that was merged, is open, or was closed without a merge         |
 * | unknown_pr            | a pull request that a session noted and whose state was never imported         |
 * | commit                | a commit, and no pull request                                                  |
 * | unattributed          | neither                                                                        |
 */
export const outcomeNodes: NodeDefinition[] = [
  ...commitOwners,
  ...pullRequestNodes('owned_requests'),
  node({
    name: 'request_outcomes',
    description: 'Each request with what became of its work',
    sql: `
SELECT
  *,
  multiIf(
    chain != '' AND is_reverted, 'reverted',
    number != 0, concat(if(pull_state = '', 'unknown', pull_state), '_pr'),
    chain != '', 'commit',
    'unattributed'
  ) AS outcome
FROM requests_of_pulls AS requests
LEFT JOIN (
  SELECT session_id, chain, commit_hash AS commit_name, confidence AS commit_confidence, ${isReverted} AS is_reverted
  FROM commits
) AS commit USING (session_id, chain)
LEFT JOIN (
  SELECT repository, number, state AS pull_state, toFloat64(certainty) AS pull_confidence
  FROM pull_requests
) AS pull USING (repository, number)`,
  }),
];
