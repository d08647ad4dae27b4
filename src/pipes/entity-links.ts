/** The question entity_links: how are sessions, commits, pull requests, tasks and features linked, and how surely? */
import { node, t, type NodeDefinition } from '@tinybirdco/sdk';
import { defineQuestion, oneOf, windowParams } from './parts/define.js';
import { entityKinds, linkEvidence, pullName, toldLinks, workNodes } from './parts/entities.js';
import { groupKey } from './parts/group-key.js';
import { slice, sliceParams } from './parts/slice.js';
import { windowEnd, windowStart } from './parts/window.js';

/** Confidence of what a task produced if only the time tells it. */
const BY_TIME = 0.7;

const inAskedWindow = (at: string) => `${at} >= ${windowStart} AND ${at} < ${windowEnd}`;

/** The links between what requests belong to: (from kind, from, to kind, to, kind, confidence, evidence). */
const linksOfRequests = `[
    ('session', session_id, 'pull_request', pull_name, 'worked_on', link_of_pull, 'branch'),
    ('commit', commit_name, 'pull_request', pull_name, 'part_of', link_of_pull * commit_confidence, 'branch'),
    ('task', task_id, 'commit', commit_name, 'produced', ${BY_TIME} * commit_confidence, 'time'),
    ('task', task_id, 'pull_request', pull_name, 'produced', ${BY_TIME} * link_of_pull, 'time')
  ]`;

/** A link that something says in so many words. */
const told = (
  kind: string,
  from: readonly [kind: string, id: string],
  to: readonly [kind: string, id: string],
  evidence: string,
  source: string,
) => `
SELECT
  '${from[0]}' AS from_kind,
  ${from[1]} AS from_id,
  '${to[0]}' AS to_kind,
  ${to[1]} AS to_id,
  '${kind}' AS kind,
  'explicit' AS origin,
  toFloat64(1) AS confidence,
  '${evidence}' AS evidence,
  toFloat64(1) AS weight
${source}`;

const ofSameWork = groupKey({
  session_id: 'session_id',
  task_id: 'task_id',
  commit_name: 'commit_name',
  pull_name: 'pull_name',
  link_of_pull: 'toFloat64(link_of_pull)',
  commit_confidence: 'toFloat64(commit_confidence)',
});

const link = groupKey({
  from_kind: 'from_kind',
  from_id: 'from_id',
  to_kind: 'to_kind',
  to_id: 'to_id',
  kind: 'kind',
});

/** Every link, each once, in the node `links_rated`. */
export const linkNodes: NodeDefinition[] = [
  ...workNodes,
  toldLinks,
  node({
    name: 'links_found',
    sql: `
SELECT
  'session' AS from_kind,
  session_id AS from_id,
  'commit' AS to_kind,
  commit_hash AS to_id,
  'made' AS kind,
  if(made_confidence = 1, 'explicit', 'inferred') AS origin,
  toFloat64(made_confidence) AS confidence,
  if(made_confidence = 1, 'tool_output', 'git_log') AS evidence,
  toFloat64(1) AS weight
FROM commits
WHERE ${inAskedWindow('committed_at')}
UNION ALL
SELECT
  'commit' AS from_kind,
  hash AS from_id,
  'commit' AS to_kind,
  to_commit AS to_id,
  link AS kind,
  if(link_confidence = 1, 'explicit', 'inferred') AS origin,
  toFloat64(link_confidence) AS confidence,
  if(how = '', 'hash', how) AS evidence,
  toFloat64(1) AS weight
FROM (
  SELECT hash, link_confidence, evidence AS how, replaces, reverts, copies
  FROM made_commits
  WHERE ${inAskedWindow('made_at')}
)
ARRAY JOIN ['replaces', 'reverts', 'copies'] AS link, [replaces, reverts, copies] AS to_commit
WHERE to_commit != ''
UNION ALL
${told('noted', ['session', 'session_id'], ['pull_request', pullName("JSONExtractString(payload, 'repository')", 'assumeNotNull(pr_number)')], 'client_note', `FROM telemetry_events FINAL WHERE ${inAskedWindow('timestamp')} AND event = 'pull_request' AND pr_number IS NOT NULL AND session_id != '' {% if defined(project) %} AND project = {{ String(project) }} {% end %}`)}
UNION ALL
${told('worked_on', ['session', 'session_id'], ['task', 'task_id'], 'event', `FROM told_links WHERE session_id != ''`)}
UNION ALL
${told('part_of', ['task', 'task_id'], ['feature', 'feature'], 'event', 'FROM task_features')}
UNION ALL
${told('produced', ['task', 'task_id'], ['commit', 'commit_hash'], 'event', `FROM told_links WHERE commit_hash != ''`)}
UNION ALL
${told('produced', ['task', 'task_id'], ['pull_request', pullName('project', 'assumeNotNull(pr_number)')], 'event', 'FROM told_links WHERE pr_number IS NOT NULL')}
UNION ALL
SELECT
  link.1 AS from_kind,
  link.2 AS from_id,
  link.3 AS to_kind,
  link.4 AS to_id,
  link.5 AS kind,
  'inferred' AS origin,
  toFloat64(confidence_of_link) AS confidence,
  link.6 AS evidence,
  requests_of_both / requests_of_from AS weight
FROM (
  SELECT
    link,
    min(confidence) AS confidence_of_link,
    sum(requests) AS requests_of_both,
    sum(sum(requests)) OVER (PARTITION BY link.1, link.2, link.3, link.5) AS requests_of_from
  FROM (
    SELECT
      requests,
      (part.1, part.2, part.3, part.4, part.5, part.7) AS link,
      part.6 AS confidence
    FROM (
      SELECT
        ${ofSameWork.columns},
        count() AS requests
      FROM (SELECT *, ${ofSameWork.made} FROM requests_of_work)
      GROUP BY ${ofSameWork.name}
    )
    ARRAY JOIN ${linksOfRequests} AS part
  )
  GROUP BY link
)
WHERE from_id != '' AND to_id != ''`,
  }),
  node({
    name: 'links_rated',
    sql: `
SELECT
  ${link.name},
  from_kind,
  from_id,
  to_kind,
  to_id,
  kind,
  best.1 AS origin,
  best.2 AS confidence,
  best.3 AS evidence,
  best.4 AS weight,
  if(
    origin = 'explicit' OR kind IN ('made', 'copies') OR countIf(origin = 'inferred') OVER rivals < 2,
    0,
    1 - weight / sumIf(weight, origin = 'inferred') OVER rivals
  ) AS ambiguity
FROM (
  SELECT
    ${link.name},
    ${link.columns},
    (from_kind, from_id, to_kind, kind) AS choice,
    argMax((origin, confidence, evidence, weight), (origin = 'explicit', confidence, weight)) AS best
  FROM (SELECT *, ${link.made} FROM links_found)
  GROUP BY ${link.name}
)
WINDOW rivals AS (PARTITION BY choice)`,
  }),
];

/** Kinds of links. */
export const linkKinds = [
  'made',
  'replaces',
  'copies',
  'reverts',
  'noted',
  'worked_on',
  'part_of',
  'produced',
] as const;

/**
 * How are sessions, commits, pull requests, tasks and features linked, and how surely? Derived from the stored facts at
 * the time of the question, as `entities`.
 *
 * | kind       | from → to              | found by                                                              |
 * | ---------- | ---------------------- | --------------------------------------------------------------------- |
 * | made       | session → commit       | the output of git in a call of the session, else the log of HEAD      |
 * | replaces   | commit → commit        | an amended commit, by the hash that git prints, or order and subject  |
 * | copies     | commit → commit        | the patch, or the log of HEAD: `atel import commits`                  |
 * | reverts    | commit → commit        | the hash or the subject of the revert, or the patch                   |
 * | noted      | session → pull request | the client's own note                                                 |
 * | worked_on  | session → task         | an emitted event with both                                            |
 * | worked_on  | session → pull request | requests on its branch                                                |
 * | part_of    | commit → pull request  | requests that belong to both: the branch                              |
 * | part_of    | task → feature         | the newest event of the task with a feature                           |
 * | produced   | task → commit, PR      | an emitted event with both, else requests that belong to both         |
 */
export const entityLinks = defineQuestion('entity_links', {
  description:
    'How are sessions, commits, pull requests, tasks and features linked, and how surely? origin: explicit (something names both) or inferred; confidence 0 to 1; evidence: what shows it; weight: of a link by requests the share of the requests of from that belong to to, else 1; ambiguity: 0 if from has one inferred link of this kind to such a thing, else 1 minus the weight of this one among them.',
  params: { ...windowParams, ...sliceParams },
  nodes: [
    ...linkNodes,
    node({
      name: 'answer',
      sql: `
SELECT * EXCEPT (${link.name})
FROM links_rated
ORDER BY ${link.name}${slice}`,
    }),
  ],
  output: {
    from_kind: oneOf(...entityKinds),
    from_id: t.string(),
    to_kind: oneOf(...entityKinds),
    to_id: t.string(),
    kind: oneOf(...linkKinds),
    origin: oneOf('explicit', 'inferred'),
    confidence: t.float64(),
    evidence: oneOf(...linkEvidence),
    weight: t.float64(),
    ambiguity: t.float64(),
  },
});
