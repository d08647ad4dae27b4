/** SQL: pull requests, and which pull request each request belongs to. */
import { node, type NodeDefinition } from '@tinybirdco/sdk';
import { windowStart } from './window.js';

/** How long before the window a pull request may have been opened, days: what is read does not grow with history. */
const OPEN_DAYS = 60;

const text = (name: string) => `JSONExtractString(payload, '${name}')`;
const time = (name: string) => `parseDateTime64BestEffortOrNull(nullIf(${text(name)}, ''), 3, 'UTC')`;
const count = (name: string) => `JSONExtract(payload, '${name}', 'Nullable(UInt64)')`;

/** SQL of the hash at the end of the name of a project or a repository: it is that of the remote's address. */
const remoteOf = (name: string) => `right(${name}, 8)`;

/** Branches that nobody opens a pull request from: a session on one of them noted a pull request that it did not make. */
const trunks = `('', 'main', 'master', 'HEAD')`;

/** A moment after every other one. */
const never = `toDateTime64('2100-01-01 00:00:00', 3, 'UTC')`;

const states = node({
  name: 'pull_requests',
  description: 'One row per pull request that was imported or that a session noted',
  sql: `
SELECT
  repository,
  number,
  maxIf(branch, is_imported AND branch NOT IN ${trunks}) AS imported_branch,
  argMinIf(branch, noted_at, is_noted AND branch NOT IN ${trunks}) AS noted_branch,
  if(imported_branch != '', imported_branch, noted_branch) AS head,
  if(imported_branch != '', 1, 0.8) AS certainty,
  maxIf(status, is_imported) AS state,
  maxIf(opened, is_imported) AS opened_at,
  maxIf(merged, is_imported) AS merged_at,
  maxIf(closed, is_imported) AS closed_at,
  maxIf(took, is_imported) AS cycle_ms,
  maxIf(file_count, is_imported) AS files,
  maxIf(added, is_imported) AS lines_added,
  maxIf(removed, is_imported) AS lines_removed,
  minIf(noted_at, NOT is_closing) AS first_noted,
  arrayFilter(
    at -> NOT ifNull(state = 'closed' AND at = closed_at, 0),
    groupUniqArrayIf(noted_at, is_closing)
  ) AS closings_before_reopening,
  ifNull(least(ifNull(merged_at, ${never}), ifNull(closed_at, ${never})), ${never}) AS open_until
FROM (
  SELECT
    event = 'pull_request_state' AS is_imported,
    event = 'pull_request' AS is_noted,
    event = 'pull_request_closed' AS is_closing,
    timestamp AS noted_at,
    ${text('repository')} AS repository,
    assumeNotNull(pr_number) AS number,
    ${text('branch')} AS branch,
    toString(status) AS status,
    if(is_imported, toNullable(timestamp), NULL) AS opened,
    ${time('merged_at')} AS merged,
    ${time('closed_at')} AS closed,
    duration_ms AS took,
    ${count('files')} AS file_count,
    ${count('lines_added')} AS added,
    ${count('lines_removed')} AS removed
  FROM telemetry_events
  FINAL
  WHERE timestamp >= ${windowStart} - toIntervalDay(${OPEN_DAYS})
    AND event IN ('pull_request', 'pull_request_state', 'pull_request_closed')
    AND pr_number IS NOT NULL
)
WHERE repository != ''
  {% if defined(project) %}
  AND ${remoteOf('repository')} = ${remoteOf('{{ String(project) }}')}
  {% end %}
GROUP BY repository, number
HAVING countIf(NOT is_closing) > 0`,
});

/**
 * Each request with its pull request: `number` is 0 without one.
 *
 * A request belongs to the pull request of its repository whose head is the branch that was checked out. Of several
 * with the same head, it belongs to the one that was merged or closed next, else to the first one that is still open. A
 * request after the end of all of them belongs to none.
 *
 * @param requests node of requests with the columns of `billed_requests`
 */
const owned = (requests: string) =>
  node({
    name: 'requests_of_pulls',
    description: 'Each request with the pull request that it belongs to',
    sql: `
SELECT requests.*, pulls.repository AS repository, pulls.number AS number
FROM (SELECT *, ${remoteOf('project')} AS remote FROM ${requests}) AS requests
ASOF LEFT JOIN (
  SELECT remote, head, open_until, first_pull.1 AS number, first_pull.2 AS repository
  FROM (
    SELECT ${remoteOf('repository')} AS remote, head, open_until, min((number, repository)) AS first_pull
    FROM pull_requests
    WHERE head != ''
    GROUP BY remote, head, open_until
  )
) AS pulls
  ON requests.remote = pulls.remote
  AND requests.git_branch = pulls.head
  AND requests.timestamp <= pulls.open_until`,
  });

/** The nodes `pull_requests` and `requests_of_pulls`, over `billed_requests` or another node with its columns. */
export const pullRequestNodes = (requests = 'billed_requests'): NodeDefinition[] => [states, owned(requests)];
