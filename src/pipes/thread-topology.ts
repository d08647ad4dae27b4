/** The question thread_topology: how do sessions branch into subagents? */
import { node, p, t } from '@tinybirdco/sdk';
import { agentRuns } from './parts/agent-runs.js';
import { billedRequests, defineQuestion, windowOfSession, windowParams } from './parts/define.js';
import { agentActivations } from './parts/otel-sightings.js';
import { pageOrder } from './parts/page-order.js';
import { thisSession } from './session-overview.js';

/** A subagent without a stop counts as unresolved when its session has been silent for this long, minutes. */
const SILENT_MINUTES = 60;

/** The order of the rows. */
export const threadTopologyOrder = pageOrder(
  ['subagents', 'most'],
  ['total_cost_usd', 'most_expensive'],
  ['session_id', 'text'],
);

/**
 * How do sessions branch into subagents? One row per session with a request or a subagent in the window.
 *
 * The parent of a subagent is known where a transcript or a hook names it. A subagent without a known parent hangs on the
 * main thread (depth 1): the tree can be deeper than it is told.
 */
export const threadTopology = defineQuestion('thread_topology', {
  description:
    'How do sessions branch into subagents, the most branched first? One row per session: subagents, max_depth (1: started by the main thread), max_fan_out (most children of one thread), nested (started by a subagent), unresolved (started, no stop, and silent for an hour), orphans (their parent was not seen), and the part of the cost that subagents have. A subagent without a known parent counts as a child of the main thread. List prices.',
  params: {
    ...windowParams,
    ...threadTopologyOrder.params,
    session_id: p
      .string()
      .optional()
      .describe('Only this session, whole, unless days or date_from is given.'),
  },
  nodes: [
    billedRequests(windowOfSession, thisSession),
    agentRuns(agentActivations(windowOfSession, thisSession)),
    node({
      name: 'spend_of_threads',
      sql: `
SELECT
  session_id,
  agent_id,
  max(project) AS spend_project,
  max(parent_agent_id) AS parent,
  max(timestamp) AS last_request,
  count() AS requests,
  sumOrNull(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced
FROM billed_requests
WHERE session_id != ''
GROUP BY session_id, agent_id`,
    }),
    node({
      name: 'threads',
      sql: `
SELECT
  session_id,
  agent_id,
  if(spend_project != '', spend_project, run_project) AS thread_project,
  parent,
  started_at,
  stopped_at,
  greatest(last_request, ifNull(started_at, last_request), ifNull(stopped_at, last_request)) AS last_seen,
  requests,
  cost,
  unpriced
FROM spend_of_threads
FULL OUTER JOIN (SELECT * FROM agent_runs WHERE session_id != '') AS runs USING (session_id, agent_id)`,
    }),
    node({
      name: 'trees',
      sql: `
SELECT
  session_id,
  max(thread_project) AS project,
  groupArrayIf((agent_id, parent), agent_id != '') AS agents,
  mapFromArrays(agents.1, agents.2) AS parent_of,
  countIf(
    agent_id != ''
      AND started_at IS NOT NULL
      AND stopped_at IS NULL
      AND last_seen < now64(3, 'UTC') - toIntervalMinute(${SILENT_MINUTES})
  ) AS unresolved,
  sum(requests) AS request_count,
  sumIf(requests, agent_id != '') AS subagent_requests,
  sumOrNull(cost) AS total_cost_usd,
  sumOrNullIf(cost, agent_id != '') AS subagent_cost_usd,
  sum(unpriced) AS unpriced_requests
FROM threads
GROUP BY session_id`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  session_id,
  project,
  toUInt64(length(agents)) AS subagents,
  toUInt64(arrayMax(
    arrayPushBack(
      arrayMap(
        agent -> arrayFold(
          (walk, step) -> if(walk.1 = '' OR NOT mapContains(parent_of, walk.1), walk, (parent_of[walk.1], toUInt8(walk.2 + 1))),
          range(32),
          (agent.2, toUInt8(1))
        ).2,
        agents
      ),
      0
    )
  )) AS max_depth,
  toUInt64(arrayMax(
    arrayPushBack(
      arrayMap(
        one -> arrayCount(agent -> if(mapContains(parent_of, agent.2), agent.2, '') = one, agents),
        arrayDistinct(arrayMap(agent -> if(mapContains(parent_of, agent.2), agent.2, ''), agents))
      ),
      0
    )
  )) AS max_fan_out,
  toUInt64(arrayCount(agent -> mapContains(parent_of, agent.2), agents)) AS nested,
  unresolved,
  toUInt64(arrayCount(agent -> agent.2 != '' AND NOT mapContains(parent_of, agent.2), agents)) AS orphans,
  request_count,
  subagent_requests,
  total_cost_usd,
  subagent_cost_usd,
  subagent_cost_usd / nullIf(total_cost_usd, 0) AS subagent_cost_share,
  unpriced_requests
FROM trees`,
    }),
    threadTopologyOrder.page('answer'),
  ],
  output: {
    session_id: t.string(),
    project: t.string(),
    subagents: t.uint64(),
    max_depth: t.uint64(),
    max_fan_out: t.uint64(),
    nested: t.uint64(),
    unresolved: t.uint64(),
    orphans: t.uint64(),
    request_count: t.uint64(),
    subagent_requests: t.uint64(),
    total_cost_usd: t.float64().nullable(),
    subagent_cost_usd: t.float64().nullable(),
    subagent_cost_share: t.float64().nullable(),
    unpriced_requests: t.uint64(),
  },
});
