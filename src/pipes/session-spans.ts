import { node, p, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, inProject, inWindowOfSession, windowParams } from './define.js';
import { sessionStates } from './otel-sightings.js';
import { toolCalls } from './tool-calls.js';

const ofSessions = `AND has(splitByChar(',', {{ String(session_id) }}), session_id)`;

/**
 * What happened when in these sessions, as spans of a trace? Facts alone: a time that nobody told is null.
 *
 * | kind    | key             | from `started` to `ended`                                                    |
 * |---------|-----------------|------------------------------------------------------------------------------|
 * | session | session id      | its first line to its SessionEnd; `last_seen` is its last line               |
 * | prompt  | prompt id       | the prompt to the end of the turn, where hooks told them                     |
 * | agent   | subagent's id   | its first start to its last stop                                             |
 * | request | request key     | its duration (OpenTelemetry's) to its end; without one, the moment it was written |
 * | tool    | tool use id     | its duration to its end; without one, from the call to its result            |
 */
export const sessionSpans = defineQuestion('session_spans', {
  description:
    'What happened when in these sessions, as spans of a trace? Rows of kind session, prompt, agent, request and tool, with what they belong to, their times (null where nobody told), outcome, tokens and list price. status of a session: active, ended or abandoned.',
  params: {
    ...windowParams,
    session_id: p.string().describe('The session, or several by comma.'),
  },
  nodes: [
    billedRequests(inWindowOfSession, ofSessions),
    toolCalls(inWindowOfSession, ofSessions),
    node({
      name: 'end_of_request',
      description:
        "OpenTelemetry's event is dated by the end of the request, a transcript by its first block",
      sql: `
SELECT
  request_key,
  max(timestamp) AS ended
FROM api_requests
FINAL
WHERE source = 'otel'
  AND duration_ms IS NOT NULL
  ${ofSessions}
GROUP BY request_key`,
    }),
    node({
      name: 'answers',
      sql: `
SELECT
  billed.session_id AS session_id,
  billed.project AS project,
  billed.request_key AS key,
  billed.prompt_id AS prompt_id,
  billed.agent_id AS agent_id,
  billed.agent_type AS agent_type,
  billed.parent_agent_id AS parent_agent_id,
  billed.skill_name AS skill_name,
  billed.model AS model,
  billed.message_id AS message_id,
  billed.duration_ms AS duration_ms,
  greatest(billed.timestamp, told.ended) AS ended,
  billed.input_tokens AS input_tokens,
  billed.output_tokens AS output_tokens,
  billed.cache_read_tokens AS cache_read_tokens,
  billed.cache_creation_tokens AS cache_creation_tokens,
  billed.cost_usd AS cost_usd
FROM billed_requests AS billed
LEFT JOIN end_of_request AS told USING (request_key)`,
    }),
    node({
      name: 'agent_of_request',
      sql: `
SELECT
  session_id,
  agent_id,
  max(project) AS request_project,
  max(agent_type) AS request_type,
  max(parent_agent_id) AS request_parent,
  max(prompt_id) AS request_prompt
FROM answers
WHERE agent_id != ''
GROUP BY session_id, agent_id`,
    }),
    node({
      name: 'runs',
      sql: `
SELECT
  session_id,
  agent_id,
  max(toString(project)) AS run_project,
  max(toString(agent_type)) AS run_type,
  max(prompt_id) AS run_prompt,
  minIfOrNull(timestamp, event = 'start') AS run_started,
  maxIfOrNull(timestamp, event = 'stop') AS run_stopped
FROM agent_activations
FINAL
WHERE ${inWindowOfSession}
  ${inProject}
  ${ofSessions}
GROUP BY session_id, agent_id`,
    }),
    node({
      name: 'turns',
      sql: `
SELECT
  session_id,
  prompt_id,
  max(toString(project)) AS turn_project,
  minIfOrNull(timestamp, event = 'prompt') AS prompted_at,
  maxIfOrNull(timestamp, event = 'turn_end') AS turn_ended_at
FROM telemetry_events
FINAL
WHERE event IN ('prompt', 'turn_end')
  AND prompt_id != ''
  AND (${inWindowOfSession})
  ${inProject}
  ${ofSessions}
GROUP BY session_id, prompt_id`,
    }),
    node({
      name: 'spans',
      sql: `
SELECT
  session_id,
  project,
  'session' AS kind,
  session_id AS key,
  '' AS prompt_id,
  '' AS agent_id,
  '' AS agent_type,
  '' AS parent_agent_id,
  '' AS skill_name,
  '' AS name,
  started_at AS started,
  ended_at AS ended,
  last_activity_at AS last_seen,
  multiIf(
    ended_at IS NOT NULL, 'ended',
    last_activity_at < now64(3, 'UTC') - toIntervalHour(24), 'abandoned',
    'active'
  ) AS status,
  '' AS error_class,
  CAST(NULL, 'Nullable(UInt64)') AS duration_ms,
  '' AS message_id,
  CAST(NULL, 'Nullable(UInt32)') AS input_tokens,
  CAST(NULL, 'Nullable(UInt32)') AS output_tokens,
  CAST(NULL, 'Nullable(UInt32)') AS cache_read_tokens,
  CAST(NULL, 'Nullable(UInt32)') AS cache_creation_tokens,
  CAST(NULL, 'Nullable(Float64)') AS cost_usd
FROM (${sessionStates(inWindowOfSession, ofSessions)})
UNION ALL
SELECT
  session_id,
  turn_project,
  'prompt',
  prompt_id,
  prompt_id,
  '',
  '',
  '',
  '',
  '',
  prompted_at,
  turn_ended_at,
  NULL,
  '',
  '',
  NULL,
  '',
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM turns
UNION ALL
SELECT
  session_id,
  if(run_project != '', run_project, request_project),
  'agent',
  agent_id,
  if(run_prompt != '', run_prompt, request_prompt),
  agent_id,
  if(run_type != '', run_type, request_type),
  request_parent,
  '',
  if(run_type != '', run_type, request_type),
  run_started,
  run_stopped,
  NULL,
  '',
  '',
  if(run_stopped >= run_started, toUInt64(dateDiff('millisecond', run_started, run_stopped)), NULL),
  '',
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM runs
FULL OUTER JOIN agent_of_request USING (session_id, agent_id)
UNION ALL
SELECT
  session_id,
  project,
  'request',
  key,
  prompt_id,
  agent_id,
  agent_type,
  '',
  skill_name,
  model,
  subtractMilliseconds(ended, ifNull(duration_ms, 0)),
  ended,
  NULL,
  '',
  '',
  duration_ms,
  message_id,
  input_tokens,
  output_tokens,
  cache_read_tokens,
  cache_creation_tokens,
  cost_usd
FROM answers
UNION ALL
SELECT
  session_id,
  project,
  'tool',
  tool_use_id,
  prompt_id,
  agent_id,
  agent_type,
  '',
  '',
  tool_name,
  if(duration_ms IS NOT NULL AND ended_at IS NOT NULL, subtractMilliseconds(ended_at, duration_ms), called_at),
  ended_at,
  NULL,
  status,
  error_class,
  duration_ms,
  '',
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM tool_calls`,
    }),
    node({
      name: 'in_order',
      sql: `
SELECT *
FROM spans
ORDER BY session_id, indexOf(['session', 'prompt', 'agent', 'request', 'tool'], kind), started, key`,
    }),
  ],
  output: {
    session_id: t.string(),
    project: t.string(),
    kind: t.string(),
    key: t.string(),
    prompt_id: t.string(),
    agent_id: t.string(),
    agent_type: t.string(),
    parent_agent_id: t.string(),
    skill_name: t.string(),
    name: t.string(),
    started: t.dateTime64(3, 'UTC').nullable(),
    ended: t.dateTime64(3, 'UTC').nullable(),
    last_seen: t.dateTime64(3, 'UTC').nullable(),
    status: t.string(),
    error_class: t.string(),
    duration_ms: t.uint64().nullable(),
    message_id: t.string(),
    input_tokens: t.uint32().nullable(),
    output_tokens: t.uint32().nullable(),
    cache_read_tokens: t.uint32().nullable(),
    cache_creation_tokens: t.uint32().nullable(),
    cost_usd: t.float64().nullable(),
  },
});
