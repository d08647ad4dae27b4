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
 */
const madeCommits = node({
  name: 'made_commits',
  description: 'One row per commit that a session made',
  sql: `
SELECT
  session_id,
  project,
  agent_id,
  agent_type,
  prompt_id,
  timestamp AS made_at,
  commit_hash AS hash,
  JSONExtractUInt(payload, 'place') AS place,
  ${text('kind')} AS kind,
  ${text('branch')} AS branch,
  if(${text('first')} = '', commit_hash, ${text('first')}) AS chain,
  ${text('reverts')} AS reverts,
  ${text('replaces')} AS replaces,
  ${text('evidence')} AS evidence,
  if(${text('evidence')} IN ('', 'hash'), 1, 0.8) AS link_confidence,
  ${text('found')} AS found,
  multiIf(found = '', 1, found = 'log', 0.9, 0.6) AS found_confidence,
  ${count('files')} AS files,
  ${count('lines_added')} AS lines_added,
  ${count('lines_removed')} AS lines_removed
FROM telemetry_events
FINAL
WHERE ${sinceWindowOfSession}
  AND event = 'commit'
  AND commit_hash != ''
  ${inProject}`,
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
)
GROUP BY session_id, chain`,
});

/** What `atel import commits` found: commits without a session that copy or undo one of a session. */
const copies = node({
  name: 'commit_copies',
  description: 'One row per commit that copies or undoes one of a session, and that commit',
  sql: `
SELECT
  session_id,
  project,
  timestamp AS copied_at,
  commit_hash AS hash,
  ${text('of')} AS original,
  ${text('how')} AS how
FROM telemetry_events
FINAL
WHERE ${sinceWindowOfSession}
  AND event = 'commit_copy'
  ${inProject}`,
});

const reverts = node({
  name: 'reverted_commits',
  description: 'The commits that a later commit reverts, by the beginning of their hash',
  sql: `
SELECT
  project,
  short_hash,
  argMin(hash, (reverted_at, place)) AS reverted_by
FROM (
  SELECT project, ${shortHash('reverts')} AS short_hash, hash, made_at AS reverted_at, place
  FROM made_commits
  WHERE reverts != ''
    AND (project, ${shortHash('hash')}) NOT IN (SELECT project, ${shortHash('reverts')} FROM made_commits WHERE reverts != '')
  UNION ALL
  SELECT project, ${shortHash('original')}, hash, copied_at, 0
  FROM commit_copies
  WHERE how = 'inverse'
)
GROUP BY project, short_hash`,
});

/** SQL of the next call of a thread that made commits; the first commit of that call owns what was spent for it. */
const calls = (thread: string) => `
  SELECT session_id, ${thread} made_at, argMin(chain, place) AS next_chain
  FROM made_commits
  ${thread === '' ? `WHERE agent_id = ''` : ''}
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

/** The nodes `commits`, `commit_copies` and `reverted_commits`. */
export const commitNodes: NodeDefinition[] = [madeCommits, commits, copies, reverts];

/** The nodes `commits`, `reverted_commits` and `owned_requests`, over `billed_requests`. */
export const commitOwners: NodeDefinition[] = [
  ...commitNodes,
  ownedByCommits('owned_requests', 'billed_requests'),
];

/** SQL of the beginning of a hash, as `reverted_commits` has it. */
export const shortCommit = shortHash('commit_hash');
