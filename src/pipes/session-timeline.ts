/** The question session_timeline: what happened in a session, prompt by prompt? */
import { node, p, t } from '@tinybirdco/sdk';
import { agentRuns } from './parts/agent-runs.js';
import {
  billedRequests,
  defineQuestion,
  windowOfSession,
  ofSession,
  oneOf,
  windowParams,
} from './parts/define.js';
import { namedAgentActivations } from './parts/otel-sightings.js';
import { asNamed, rowsOf } from './parts/rows-of.js';
import { toolCalls } from './parts/tool-calls.js';
import { columnsOfSteps, turns } from './parts/turns.js';

/**
 * Events that are already part of another row of the timeline, or that are no step of the work, as at each start. A
 * change of the model is shown when it has happened.
 */
const shownElsewhere = `(
  'tool_call', 'tool_start', 'post_tool_batch', 'prompt', 'turn_end', 'session_start', 'session_end',
  'subagent_start', 'subagent_stop', 'assistant_response', 'hook_registered', 'hook_execution_start',
  'hook_execution_complete', 'plugin_loaded', 'managed_settings_resolved', 'retention_sweep', 'stop_hooks', 'pre_model_switch'
)`;

/** An allowed tool call has a row of its own; a denied one has only this event. */
const isStep = `
  event NOT IN ${shownElsewhere}
  AND NOT (event = 'tool_decision' AND JSONExtractString(payload, 'decision') = 'accept')`;

/** What an event is called; that of a change says what changed. */
const nameOfEvent = `
  multiIf(
    event = 'post_model_switch',
    concat(
      'model_switch ', JSONExtractString(payload, 'from_model'), ' → ', JSONExtractString(payload, 'to_model')
    ),
    event = 'pull_request' AND pr_number IS NOT NULL, concat('pull_request #', toString(pr_number)),
    event
  )`;

const output = {
  prompt_id: t.string(),
  at: t.dateTime64(3, 'UTC'),
  kind: oneOf('prompt', 'request', 'agent', 'tool', 'skill', 'event'),
  name: t.string(),
  agent_id: t.string(),
  agent_type: t.string(),
  parent_agent_id: t.string(),
  skill_name: t.string(),
  status: t.string(),
  error_class: t.string(),
  duration_ms: t.uint64().nullable(),
  request_count: t.uint64(),
  total_tokens: t.uint64().nullable(),
  total_cost_usd: t.float64().nullable(),
  unpriced_requests: t.uint64(),
};

const rows = rowsOf<keyof typeof output>({
  prompt_id: 'prompt_id',
  at: 'timestamp',
  kind: `''`,
  name: `''`,
  agent_id: `''`,
  agent_type: `''`,
  parent_agent_id: `''`,
  skill_name: `''`,
  status: `''`,
  error_class: `''`,
  duration_ms: 'NULL',
  request_count: '0',
  total_tokens: 'NULL',
  total_cost_usd: 'NULL',
  unpriced_requests: '0',
});

/**
 * What happened in a session, prompt by prompt?
 *
 * | kind    | one row is                           | tokens and money                           |
 * |---------|--------------------------------------|--------------------------------------------|
 * | prompt  | a prompt and all that it led to      | all its requests, those of subagents too   |
 * | request | an answer of a model                 | its own                                    |
 * | agent   | a subagent's run                     | its own requests, not its subagents'       |
 * | tool    | a tool call                          | none: its request has them                 |
 * | skill   | a use of a skill                     | none                                       |
 * | event   | a command, a compaction, a commit …  | none                                       |
 *
 * The prompt rows sum to the session, and so do the request rows. Steps of no known prompt have an empty prompt_id,
 * and so have the steps of a command that the client ran itself (the request of `/compact`).
 */
export const sessionTimeline = defineQuestion('session_timeline', {
  description:
    'What happened in a session, prompt by prompt? Rows of kind prompt (with the sums of all its requests), request, agent, tool, skill and event, in order of time within their prompt. List prices.',
  params: {
    ...windowParams,
    session_id: p.string().describe('The session.'),
  },
  nodes: [
    billedRequests(windowOfSession, ofSession),
    toolCalls(windowOfSession, ofSession),
    agentRuns(namedAgentActivations(windowOfSession, ofSession)),
    turns(windowOfSession, ofSession),
    node({
      name: 'spend_of_agent',
      sql: `
SELECT
  agent_id,
  max(agent_type) AS spend_type,
  max(parent_agent_id) AS parent,
  max(prompt_id) AS spend_prompt,
  minOrNull(timestamp) AS first_request,
  count() AS requests,
  sum(total_tokens) AS agent_tokens,
  sumOrNull(cost_usd) AS agent_cost,
  countIf(cost_usd IS NULL) AS unpriced
FROM billed_requests
WHERE agent_id != ''
GROUP BY agent_id`,
    }),
    node({
      name: 'events',
      sql: `
SELECT *
FROM telemetry_events
FINAL
PREWHERE 1 = 1
  ${ofSession}
WHERE ${windowOfSession.events}
ORDER BY version DESC
LIMIT 1 BY event_id`,
    }),
    node({
      name: 'skills',
      sql: `
SELECT *
FROM skill_activations
FINAL
WHERE ${windowOfSession.rows}
  ${ofSession}`,
    }),
    node({
      name: 'steps',
      sql: [
        rows('request', 'billed_requests', {
          ...asNamed('agent_id', 'agent_type', 'parent_agent_id', 'skill_name', 'duration_ms'),
          name: 'model',
          request_count: 'toUInt64(1)',
          total_tokens: "CAST(total_tokens, 'Nullable(UInt64)')",
          total_cost_usd: 'cost_usd',
          unpriced_requests: 'toUInt64(cost_usd IS NULL)',
        }),
        rows('tool', 'tool_calls', {
          ...asNamed('agent_id', 'agent_type', 'status', 'error_class', 'duration_ms'),
          at: 'called_at',
          name: 'tool_name',
        }),
        rows('agent', 'agent_runs FULL OUTER JOIN spend_of_agent USING (agent_id)', {
          agent_id: 'agent_id',
          prompt_id: "if(run_prompt != '', run_prompt, spend_prompt)",
          at: 'assumeNotNull(coalesce(least(started_at, first_request), started_at, first_request, stopped_at))',
          name: 'agent_type',
          agent_type: "if(run_type != '', run_type, spend_type)",
          parent_agent_id: 'parent',
          status: "if(stopped_at IS NULL, '', 'stopped')",
          duration_ms: 'toUInt64(run_duration_ms)',
          request_count: 'requests',
          total_tokens: 'if(requests > 0, agent_tokens, NULL)',
          total_cost_usd: 'agent_cost',
          unpriced_requests: 'unpriced',
        }),
        rows('skill', 'skills AS used LEFT JOIN tool_calls AS called USING (tool_use_id)', {
          prompt_id: 'used.prompt_id',
          at: "if(called.tool_use_id != '', called.called_at, used.timestamp)",
          name: 'used.skill_name',
          agent_id: 'used.agent_id',
          agent_type: 'used.agent_type',
          skill_name: 'used.skill_name',
          status: "if(used.success IS NULL, toString(used.trigger), if(used.success, 'success', 'failure'))",
          error_class: 'used.error_class',
          duration_ms: 'used.duration_ms',
        }),
        rows('event', `events WHERE ${isStep}`, {
          ...asNamed('agent_id', 'agent_type', 'skill_name', 'status', 'error_class', 'duration_ms'),
          name: nameOfEvent,
        }),
      ].join('\nUNION ALL'),
    }),
    node({
      name: 'steps_of_prompts',
      sql: `
SELECT ${columnsOfSteps(Object.keys(output))}
FROM steps`,
    }),
    node({
      name: 'work',
      sql: `
SELECT
  prompt_id,
  min(at) AS first_step,
  count() AS step_count,
  sum(if(kind = 'request', request_count, 0)) AS requests,
  sumIf(total_tokens, kind = 'request') AS tokens,
  sumOrNullIf(total_cost_usd, kind = 'request') AS cost,
  sumIf(unpriced_requests, kind = 'request') AS unpriced
FROM steps_of_prompts
GROUP BY prompt_id`,
    }),
    node({
      name: 'prompts',
      sql: `
SELECT
  prompt_id,
  if(step_count = 0, NULL, first_step) AS step_at,
  assumeNotNull(coalesce(least(prompted_at, step_at), prompted_at, step_at, turn_ended_at)) AS prompt_at,
  if(turn_ended_at >= prompted_at, toUInt64(dateDiff('millisecond', prompted_at, turn_ended_at)), NULL) AS turn_ms,
  requests,
  tokens,
  cost,
  unpriced
FROM work
FULL OUTER JOIN (SELECT * FROM turns WHERE NOT is_command) AS reported USING (prompt_id)`,
    }),
    node({
      name: 'timeline',
      sql: [
        rows('prompt', 'prompts', {
          at: 'prompt_at',
          duration_ms: 'turn_ms',
          request_count: 'requests',
          total_tokens: "CAST(if(requests > 0, tokens, NULL), 'Nullable(UInt64)')",
          total_cost_usd: 'cost',
          unpriced_requests: 'unpriced',
        }),
        `
SELECT *
FROM steps_of_prompts`,
      ].join('\nUNION ALL'),
    }),
    node({
      name: 'in_order',
      sql: `
SELECT ${Object.keys(output).join(', ')}
FROM (
  SELECT *, min(at) OVER (PARTITION BY prompt_id) AS prompt_at
  FROM timeline
)
ORDER BY
  prompt_at,
  prompt_id,
  kind != 'prompt',
  at,
  indexOf(['event', 'skill', 'request', 'tool', 'agent'], kind),
  name,
  agent_id`,
    }),
  ],
  output,
});
