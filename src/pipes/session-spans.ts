/** The question session_spans: what happened when in these sessions, as spans of a trace? */
import { node, p, t } from '@tinybirdco/sdk';
import { agentRuns } from './parts/agent-runs.js';
import {
  billedRequests,
  defineQuestion,
  inProject,
  lifeOfSession,
  windowOfSession,
  windowParams,
} from './parts/define.js';
import { sessionStates, reportedAgentActivations } from './parts/otel-sightings.js';
import { asNamed, rowsOf } from './parts/rows-of.js';
import { statusOf } from './session-overview.js';
import { toolCalls } from './parts/tool-calls.js';
import { columnsOfSteps, turns } from './parts/turns.js';

const ofSessions = `AND has(splitByChar(',', {{ String(session_id) }}), session_id)`;

const output = {
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
};

const rows = rowsOf<keyof typeof output>({
  session_id: 'session_id',
  project: 'project',
  kind: `''`,
  key: `''`,
  prompt_id: `''`,
  agent_id: `''`,
  agent_type: `''`,
  parent_agent_id: `''`,
  skill_name: `''`,
  name: `''`,
  started: 'NULL',
  ended: 'NULL',
  last_seen: 'NULL',
  status: `''`,
  error_class: `''`,
  duration_ms: 'NULL',
  message_id: `''`,
  input_tokens: 'NULL',
  output_tokens: 'NULL',
  cache_read_tokens: 'NULL',
  cache_creation_tokens: 'NULL',
  cost_usd: 'NULL',
});

/**
 * What happened when in these sessions, as spans of a trace? An unknown time is null.
 *
 * | kind    | key             | from `started` to `ended`                                                    |
 * |---------|-----------------|------------------------------------------------------------------------------|
 * | session | session id      | its first line to its SessionEnd; `last_seen` is its last line               |
 * | prompt  | prompt id       | the prompt to the end of the turn, if hooks reported them                    |
 * | agent   | subagent's id   | its first start to its last stop                                             |
 * | request | request key     | its duration (OpenTelemetry's) to its end; without one, the moment it was written |
 * | tool    | tool use id     | its duration to its end; without one, from the call to its result            |
 *
 * A command that the client ran itself is no prompt: its steps have no prompt_id.
 */
export const sessionSpans = defineQuestion('session_spans', {
  description:
    'What happened when in these sessions, as spans of a trace? Rows of kind session, prompt, agent, request and tool, with what they belong to, their times (null if unknown), outcome, tokens and list price. status of a session: active, ended or abandoned.',
  params: {
    ...windowParams,
    session_id: p.string().describe('The session, or several by comma.'),
  },
  nodes: [
    billedRequests(windowOfSession, ofSessions),
    toolCalls(windowOfSession, ofSessions),
    node({
      name: 'end_of_request',
      description:
        "OpenTelemetry's event is dated by the end of the request, a transcript by its first block; a repeated event has the same times",
      sql: `
SELECT
  request_key,
  max(timestamp) AS ended
FROM api_requests
WHERE source = 'otel'
  AND duration_ms IS NOT NULL
  AND ${lifeOfSession.rows}
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
  greatest(billed.timestamp, reported.ended) AS ended,
  billed.input_tokens AS input_tokens,
  billed.output_tokens AS output_tokens,
  billed.cache_read_tokens AS cache_read_tokens,
  billed.cache_creation_tokens AS cache_creation_tokens,
  billed.cost_usd AS cost_usd
FROM billed_requests AS billed
LEFT JOIN end_of_request AS reported USING (request_key)`,
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
    agentRuns(reportedAgentActivations(windowOfSession, ofSessions)),
    turns(windowOfSession, `${inProject} ${ofSessions}`),
    node({
      name: 'spans',
      sql: [
        rows('session', `(${sessionStates(windowOfSession, ofSessions)})`, {
          key: 'session_id',
          started: 'started_at',
          ended: 'ended_at',
          last_seen: 'last_activity_at',
          status: statusOf('last_activity_at'),
        }),
        rows('prompt', `turns WHERE prompt_id != '' AND NOT is_command`, {
          ...asNamed('prompt_id'),
          project: 'turn_project',
          key: 'prompt_id',
          started: 'prompted_at',
          ended: 'turn_ended_at',
        }),
        rows('agent', 'agent_runs FULL OUTER JOIN agent_of_request USING (session_id, agent_id)', {
          ...asNamed('agent_id'),
          project: "if(run_project != '', run_project, request_project)",
          key: 'agent_id',
          prompt_id: "if(run_prompt != '', run_prompt, request_prompt)",
          agent_type: "if(run_type != '', run_type, request_type)",
          parent_agent_id: 'request_parent',
          name: "if(run_type != '', run_type, request_type)",
          started: 'started_at',
          ended: 'stopped_at',
          duration_ms: 'toUInt64(run_duration_ms)',
        }),
        rows('request', 'answers', {
          ...asNamed('key', 'prompt_id', 'agent_id', 'agent_type', 'skill_name', 'ended', 'duration_ms'),
          ...asNamed(
            'message_id',
            'input_tokens',
            'output_tokens',
            'cache_read_tokens',
            'cache_creation_tokens',
          ),
          ...asNamed('cost_usd'),
          name: 'model',
          started: 'subtractMilliseconds(ended, ifNull(duration_ms, 0))',
        }),
        rows('tool', 'tool_calls', {
          ...asNamed('prompt_id', 'agent_id', 'agent_type', 'status', 'error_class', 'duration_ms'),
          key: 'tool_use_id',
          name: 'tool_name',
          started:
            'if(duration_ms IS NOT NULL AND ended_at IS NOT NULL, subtractMilliseconds(ended_at, duration_ms), called_at)',
          ended: 'ended_at',
        }),
      ].join('\nUNION ALL'),
    }),
    node({
      name: 'in_order',
      sql: `
SELECT ${columnsOfSteps(Object.keys(output))}
FROM spans
ORDER BY session_id, indexOf(['session', 'prompt', 'agent', 'request', 'tool'], kind), started, key`,
    }),
  ],
  output,
});
