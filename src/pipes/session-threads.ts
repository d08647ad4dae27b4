/** The question session_threads: which threads did a session have, who started whom, and what did each cost? */
import { node, p, t } from '@tinybirdco/sdk';
import { agentRuns } from './parts/agent-runs.js';
import { billedRequests, defineQuestion, windowOfSession, ofSession, windowParams } from './parts/define.js';
import { reportedAgentActivations } from './parts/otel-sightings.js';
import { toolCalls } from './parts/tool-calls.js';

/** The columns of a thread itself. */
const ofThread = [
  'agent_id',
  'agent_type',
  'parent_agent_id',
  'started',
  'stopped',
  'duration_ms',
  'request_count',
  'total_tokens',
  'total_cost_usd',
  'unpriced_requests',
];

/** Which threads did a session have, who started whom, and what did each cost? */
export const sessionThreads = defineQuestion('session_threads', {
  description:
    'Which threads did a session have? One row per thread: the main one (empty agent_id) and each subagent, with its parent, depth, fan-out, requests, tool calls and list price. An orphan is one whose parent was not seen.',
  params: {
    ...windowParams,
    session_id: p.string().describe('The session.'),
  },
  nodes: [
    billedRequests(windowOfSession, ofSession),
    agentRuns(reportedAgentActivations(windowOfSession, ofSession, '')),
    node({
      name: 'spend',
      sql: `
SELECT
  agent_id,
  max(agent_type) AS spend_type,
  max(parent_agent_id) AS parent,
  min(timestamp) AS first_request,
  max(timestamp) AS last_request,
  count() AS requests,
  sum(total_tokens) AS tokens,
  sumOrNull(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced
FROM billed_requests
GROUP BY agent_id`,
    }),
    toolCalls(windowOfSession, ofSession),
    node({
      name: 'calls',
      sql: `
SELECT
  agent_id,
  count() AS calls,
  countIf(status = 'failure') AS failures
FROM tool_calls
GROUP BY agent_id`,
    }),
    node({
      name: 'threads',
      sql: `
SELECT
  agent_id,
  if(run_type != '', run_type, spend_type) AS agent_type,
  parent AS parent_agent_id,
  coalesce(started_at, if(requests > 0, first_request, NULL)) AS started,
  stopped_at AS stopped,
  run_duration_ms AS duration_ms,
  requests AS request_count,
  tokens AS total_tokens,
  cost AS total_cost_usd,
  unpriced AS unpriced_requests
FROM spend
FULL OUTER JOIN agent_runs USING (agent_id)`,
    }),
    node({
      name: 'tree',
      description: 'All threads, and who started whom as one map',
      sql: `
SELECT
  groupArray((${ofThread.join(', ')})) AS threads_of_tree,
  mapFromArrays(groupArray(agent_id), groupArray(parent_agent_id)) AS parent_of,
  groupArrayIf(parent_agent_id, agent_id != '') AS parents
FROM threads`,
    }),
    node({
      name: 'topology',
      sql: `
SELECT
  agent_id,
  if(agent_id = '', 'main', agent_type) AS agent_type,
  parent_agent_id,
  if(
    agent_id = '',
    0,
    arrayFold(
      (walk, step) -> if(walk.1 = '' OR NOT mapContains(parent_of, walk.1), walk, (parent_of[walk.1], toUInt8(walk.2 + 1))),
      range(32),
      (parent_agent_id, toUInt8(1))
    ).2
  ) AS depth,
  countEqual(parents, agent_id) AS fan_out,
  parent_agent_id != '' AND NOT mapContains(parent_of, parent_agent_id) AS is_orphan,
  started,
  stopped,
  duration_ms,
  request_count,
  calls AS tool_calls,
  failures AS tool_failures,
  total_tokens,
  total_cost_usd,
  unpriced_requests
FROM (
  SELECT
    parent_of,
    parents,
    ${ofThread.map((column, place) => `thread.${place + 1} AS ${column}`).join(',\n    ')}
  FROM tree
  ARRAY JOIN threads_of_tree AS thread
) AS threads_with_tree
LEFT JOIN calls USING (agent_id)
ORDER BY depth, started, agent_id`,
    }),
  ],
  output: {
    agent_id: t.string(),
    agent_type: t.string(),
    parent_agent_id: t.string(),
    depth: t.uint8(),
    fan_out: t.uint64(),
    is_orphan: t.uint8(),
    started: t.dateTime64(3, 'UTC').nullable(),
    stopped: t.dateTime64(3, 'UTC').nullable(),
    duration_ms: t.int64().nullable(),
    request_count: t.uint64(),
    tool_calls: t.uint64(),
    tool_failures: t.uint64(),
    total_tokens: t.uint64(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
  },
});
