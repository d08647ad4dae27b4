/** SQL: the commits that sessions made, and which commit each request belongs to. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { inProject, sinceWindowOfSession } from './define.js';

/** How long before a commit a request may have been made to belong to it, days. */
const OWNED_DAYS = 7;

const text = (name: string) => `JSONExtractString(payload, '${name}')`;
const count = (name: string) => `JSONExtract(payload, '${name}', 'Nullable(UInt64)')`;

/** SQL of the shortest hash by which two commits are compared: git prints hashes in different lengths. */
export const shortHash = (hash: string) => `left(${hash}, 7)`;

/**
 * The commits since the start of the window. Those after its end are read, too: the next commit owns a request, and
 * a later commit may replace or revert one of the window. There are few commits, and a week keeps them together.
 *
 * A commit of git's log belongs to the call to which git printed it, else to the one that is believed most.
 */
const madeCommits = node({
  name: 'made_commits',
  description:
    'One row per commit that a session made, and per commit that copies or undoes one of these (is_copy)',
  sql: `
SELECT * EXCEPT (claim)
FROM (
SELECT
  session_id,
  project,
  agent_id,
  agent_type,
  prompt_id,
  timestamp AS made_at,
  commit_hash AS hash,
  JSONExtractUInt(payload, 'place') AS place,
  event = 'commit_copy' AS is_copy,
  ${text('how')} AS copied_how,
  if(copied_how IN ('', 'inverse', 'named'), '', ${text('of')}) AS copies,
  ${text('kind')} AS kind,
  ${text('branch')} AS branch,
  if(${text('first')} = '', commit_hash, ${text('first')}) AS chain,
  if(copied_how IN ('inverse', 'named'), ${text('of')}, ${text('reverts')}) AS reverts,
  ${text('replaces')} AS replaces,
  multiIf(copied_how = '', ${text('evidence')}, copied_how = 'amended', 'git_log', copied_how = 'named', 'hash', 'patch') AS evidence,
  multiIf(copied_how = 'amended', 0.9, copied_how = 'squash', 0.7, evidence IN ('', 'hash'), 1, 0.8) AS link_confidence,
  ${text('found')} AS found,
  multiIf(found = '', 1, found = 'log', 0.9, 0.6) AS found_confidence,
  ${count('files')} AS files,
  ${count('lines_added')} AS lines_added,
  ${count('lines_removed')} AS lines_removed,
  row_number() OVER (
    PARTITION BY project, is_copy, ${shortHash('commit_hash')}
    ORDER BY found_confidence DESC, timestamp, session_id
  ) AS claim
FROM telemetry_events
FINAL
WHERE ${sinceWindowOfSession}
  AND event IN ('commit', 'commit_copy')
  AND commit_hash != ''
  ${inProject}
)
WHERE found = '' OR claim = 1`,
});

/**
 * Commits as they stand in the end. Those that were amended are one with the commit that replaced them: `chain` is the
 * hash of the first.
 */
const commits = node({
  name: 'commits',
  description: 'One row per commit that was not replaced, with those that it replaced',
  sql: `
SELECT
  session_id,
  chain,
  argMax(hash, (made_at, place)) AS commit_hash,
  argMax(project, (made_at, place)) AS project,
  argMax(agent_id, (made_at, place)) AS agent_id,
  argMax(agent_type, (made_at, place)) AS agent_type,
  argMax(kind, (made_at, place)) AS kind,
  argMax(branch, (made_at, place)) AS branch,
  argMax(reverts, (made_at, place)) AS reverts,
  argMax((files, lines_added, lines_removed), (made_at, place)) AS size,
  max(made_at) AS committed_at,
  arrayPopBack(arrayMap(one -> one.2, arraySort(groupArray(((made_at, place), hash))))) AS replaced,
  min(link_confidence * found_confidence) AS confidence,
  min(found_confidence) AS made_confidence,
  if(max(is_first) = 1, '', argMax(first_of_call, made_at)) AS counted_with
FROM (
  SELECT
    *,
    row_number() OVER (PARTITION BY session_id, agent_id, made_at ORDER BY place) = 1 AS is_first,
    first_value(hash) OVER (PARTITION BY session_id, agent_id, made_at ORDER BY place) AS first_of_call
  FROM made_commits
  WHERE NOT is_copy
)
GROUP BY session_id, chain`,
});

const reverts = node({
  name: 'reverted_commits',
  description: 'The commits that a later commit reverts, by the beginning of their hash',
  sql: `
SELECT
  project,
  ${shortHash('reverts')} AS short_hash,
  argMin(hash, (made_at, place)) AS reverted_by
FROM made_commits
WHERE reverts != ''
  AND (project, ${shortHash('hash')}) NOT IN (SELECT project, ${shortHash('reverts')} FROM made_commits WHERE reverts != '')
GROUP BY project, short_hash`,
});

/** SQL of the next call of a thread that made commits; the first commit of that call owns what was spent for it. */
const calls = (thread: string) => `
  SELECT session_id, ${thread} made_at, argMin(chain, place) AS next_chain
  FROM made_commits
  WHERE NOT is_copy ${thread === '' ? `AND agent_id = ''` : ''}
  GROUP BY session_id, ${thread} made_at`;

/**
 * Each row with the commit that it belongs to: `chain` is empty if it belongs to none.
 *
 * A request belongs to the next commit of its own thread. If a subagent made none after it, it belongs to the next one
 * of the main conversation. A commit that comes more than {@link OWNED_DAYS} days later does not count. The same holds
 * for anything else that a thread did.
 *
 * @param rows node of rows with session_id, agent_id and timestamp
 */
export const ownedByCommits = (name: string, rows: string): NodeDefinition =>
  node({
    name,
    description: 'Each row with the commit that it belongs to',
    sql: `
SELECT
  * EXCEPT (own_chain, own_at, next_chain, made_at),
  multiIf(
    own_chain != '' AND own_at <= timestamp + toIntervalDay(${OWNED_DAYS}), own_chain,
    next_chain != '' AND made_at <= timestamp + toIntervalDay(${OWNED_DAYS}), next_chain,
    ''
  ) AS chain
FROM (
  SELECT done.*, own.next_chain AS own_chain, own.made_at AS own_at
  FROM ${rows} AS done
  ASOF LEFT JOIN (${calls('agent_id,')}
  ) AS own
    ON done.session_id = own.session_id
    AND done.agent_id = own.agent_id
    AND done.timestamp <= own.made_at
) AS threads
ASOF LEFT JOIN (${calls('')}
) AS main
  ON threads.session_id = main.session_id
  AND threads.timestamp <= main.made_at`,
  });

/** The nodes `commits` and `reverted_commits`. */
export const commitNodes: NodeDefinition[] = [madeCommits, commits, reverts];

/** The nodes `commits`, `reverted_commits` and `owned_requests`, over `billed_requests`. */
export const commitOwners: NodeDefinition[] = [
  ...commitNodes,
  ownedByCommits('owned_requests', 'billed_requests'),
];

/** SQL of the beginning of a hash, as `reverted_commits` has it. */
export const shortCommit = shortHash('commit_hash');
