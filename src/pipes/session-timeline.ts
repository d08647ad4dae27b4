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
import { asNamed, tuplesOf } from './parts/rows-of.js';
import { toolCalls } from './parts/tool-calls.js';
import { turns } from './parts/turns.js';

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
    event = 'commit' AND commit_hash != '',
    concat(
      'commit ', commit_hash,
      transform(JSONExtractString(payload, 'kind'), ['amended', 'cherry_picked', 'reverted'], [' (amended)', ' (cherry-picked)', ' (revert)'], ''),
      if(
        JSONHas(payload, 'files'),
        concat(' +', JSONExtractRaw(payload, 'lines_added'), ' −', JSONExtractRaw(payload, 'lines_removed')),
        ''
      )
    ),
    event = 'check_run', concat('check ', JSONExtractString(payload, 'check')),
    event = 'pull_request' AND pr_number IS NOT NULL, concat('pull_request #', toString(pr_number)),
    event
  )`;

const output = {
  prompt_id: t.string(),
  at: t.dateTime64(3, 'UTC'),
  sequence: t.uint64().nullable(),
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

const { row, columns, part, withFirst } = tuplesOf<keyof typeof output>(
  {
    prompt_id: 'prompt_id',
    at: 'timestamp',
    sequence: 'NULL',
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
  },
  output,
);

const kind = part('step', 'kind');

/** After every known sequence: an event whose place is unknown comes last of those with its time. */
const LAST = 'toUInt64(-1)';

/** Where a row comes, as one tuple: a column of an ORDER BY over a large query is costly (see group-key.ts). */
const placeOfStep = `(
    prompt_at,
    ${part('step', 'prompt_id')},
    ${kind} != 'prompt',
    ${part('step', 'at')},
    multiIf(${kind} = 'event', 1, ${kind} = 'skill' AND ${part('step', 'status')} = 'typed', 2, ${kind} = 'request', 3, ${kind} = 'skill', 4, ${kind} = 'tool', 5, 6),
    ifNull(${part('step', 'sequence')}, ${LAST}),
    ${part('step', 'name')},
    ${part('step', 'agent_id')}
  )`;

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
      name: 'requests_of_threads',
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
  countIf(cost_usd IS NULL) AS unpriced,
  groupArray(request) AS request_steps
FROM (
  SELECT
    *,
    ${row('request', {
      ...asNamed('agent_id', 'agent_type', 'parent_agent_id', 'skill_name', 'duration_ms'),
      name: 'model',
      request_count: '1',
      total_tokens: 'total_tokens',
      total_cost_usd: 'cost_usd',
      unpriced_requests: 'cost_usd IS NULL',
    })} AS request
  FROM billed_requests
)
GROUP BY agent_id`,
    }),
    node({
      name: 'thread_steps',
      description: 'Each subagent that ran or made requests, and the requests of each thread',
      sql: `
SELECT arrayJoin(arrayConcat(
  request_steps,
  if(agent_id = '' AND NOT is_run, [], [
    ${row('agent', {
      agent_id: 'agent_id',
      prompt_id: "if(run_prompt != '', run_prompt, spend_prompt)",
      at: 'assumeNotNull(coalesce(least(started_at, first_request), started_at, first_request, stopped_at))',
      name: "if(run_type != '', run_type, spend_type)",
      agent_type: "if(run_type != '', run_type, spend_type)",
      parent_agent_id: 'parent',
      status: "if(stopped_at IS NULL, '', 'stopped')",
      duration_ms: 'toUInt64(run_duration_ms)',
      request_count: 'requests',
      total_tokens: 'if(requests > 0, agent_tokens, NULL)',
      total_cost_usd: 'agent_cost',
      unpriced_requests: 'unpriced',
    })}
  ])
)) AS step
FROM (SELECT *, 1 AS is_run FROM agent_runs) AS runs
FULL OUTER JOIN requests_of_threads USING (agent_id)`,
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
      name: 'call_steps',
      description: 'Each tool call, and each use of a skill at the time of its call',
      sql: `
SELECT arrayJoin(arrayConcat(
  if(is_call, [
    ${row('tool', {
      ...asNamed('prompt_id', 'agent_id', 'agent_type', 'status', 'error_class', 'duration_ms', 'sequence'),
      at: 'called_at',
      name: 'tool_name',
    })}
  ], []),
  arrayMap(used -> ${row('skill', {
    prompt_id: 'used.1',
    at: 'if(is_call, called_at, used.2)',
    name: 'used.3',
    agent_id: 'used.4',
    agent_type: 'used.5',
    skill_name: 'used.3',
    status: 'used.6',
    error_class: 'used.7',
    duration_ms: 'used.8',
  })}, uses)
)) AS step
FROM (SELECT *, 1 AS is_call FROM tool_calls) AS calls
FULL OUTER JOIN (
  SELECT
    tool_use_id,
    groupArray((
      prompt_id,
      timestamp,
      toString(skill_name),
      agent_id,
      toString(agent_type),
      if(success IS NULL, toString(trigger), if(success, 'success', 'failure')),
      toString(error_class),
      duration_ms
    )) AS uses
  FROM skill_activations
  FINAL
  WHERE event_id IN (SELECT event_id FROM skill_activations WHERE ${windowOfSession.rows} ${ofSession})
    AND ${windowOfSession.rows}
    ${ofSession}
  GROUP BY tool_use_id
) AS skills USING (tool_use_id)`,
    }),
    node({
      name: 'event_steps',
      sql: `
SELECT ${row('event', {
        ...asNamed(
          'agent_id',
          'agent_type',
          'skill_name',
          'status',
          'error_class',
          'duration_ms',
          'sequence',
        ),
        name: nameOfEvent,
      })} AS step
FROM events
WHERE ${isStep}`,
    }),
    node({
      name: 'steps_and_turns',
      sql: `
SELECT
  ${part('step', 'prompt_id')} AS of_prompt,
  [step] AS steps,
  CAST([], 'Array(Tuple(Nullable(DateTime64(3, ''UTC'')), Nullable(DateTime64(3, ''UTC'')), UInt8))') AS turn
FROM (
  SELECT step FROM thread_steps
  UNION ALL
  SELECT step FROM call_steps
  UNION ALL
  SELECT step FROM event_steps
)
UNION ALL
SELECT prompt_id, [], [(prompted_at, turn_ended_at, toUInt8(is_command))]
FROM turns`,
    }),
    node({
      name: 'prompts',
      description:
        'One row per prompt, with its steps; those of commands that the client ran itself belong to none',
      sql: `
SELECT
  if(is_command, '', of_prompt) AS prompt,
  groupArrayArray(steps_of_turn) AS steps,
  maxIf(prompted_at, NOT is_command) AS prompted_at,
  maxIf(turn_ended_at, NOT is_command) AS turn_ended_at,
  max(has_turn AND NOT is_command) AS is_reported
FROM (
  SELECT
    of_prompt,
    groupArrayArray(steps) AS steps_of_turn,
    length(groupArrayArray(turn) AS turns_of_prompt) > 0 AS has_turn,
    turns_of_prompt[1].1 AS prompted_at,
    turns_of_prompt[1].2 AS turn_ended_at,
    has_turn AND turns_of_prompt[1].3 = 1 AS is_command
  FROM steps_and_turns
  GROUP BY of_prompt
)
GROUP BY prompt
HAVING is_reported OR notEmpty(steps)`,
    }),
    node({
      name: 'timeline',
      sql: `
SELECT
  arrayJoin(arrayConcat(
    [prompt_step],
    arrayMap(one -> ${withFirst('one', 'prompt')}, steps)
  )) AS step,
  least(${part('prompt_step', 'at')}, ifNull(step_at, ${part('prompt_step', 'at')})) AS prompt_at
FROM (
  SELECT
    *,
    if(empty(steps), NULL, arrayMin(one -> ${part('one', 'at')}, steps)) AS step_at,
    arrayFilter(one -> ${part('one', 'kind')} = 'request', steps) AS request_steps,
    ${row('prompt', {
      prompt_id: 'prompt',
      at: 'assumeNotNull(coalesce(least(prompted_at, step_at), prompted_at, step_at, turn_ended_at))',
      duration_ms:
        "if(turn_ended_at >= prompted_at, toUInt64(dateDiff('millisecond', prompted_at, turn_ended_at)), NULL)",
      request_count: 'length(request_steps)',
      total_tokens: `if(empty(request_steps), NULL, arraySum(one -> assumeNotNull(${part('one', 'total_tokens')}), request_steps))`,
      total_cost_usd: `arrayReduce('sumOrNull', arrayMap(one -> ${part('one', 'total_cost_usd')}, request_steps))`,
      unpriced_requests: `arraySum(one -> ${part('one', 'unpriced_requests')}, request_steps)`,
    })} AS prompt_step
  FROM prompts
)`,
    }),
    node({
      name: 'in_order',
      sql: `
SELECT
  ${columns('step')}
FROM (SELECT step, ${placeOfStep} AS place FROM timeline)
ORDER BY place`,
    }),
  ],
  output,
});
