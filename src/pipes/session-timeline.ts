import { node, p, t } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, inWindowOfSession, oneOf, windowParams } from './define.js';
import { toolCalls } from './tool-calls.js';

const ofSession = 'AND session_id = {{ String(session_id) }}';

/** Events that another row of the timeline already tells, or that are no step of the work. */
const toldElsewhere = `(
  'tool_call', 'tool_start', 'post_tool_batch', 'prompt', 'turn_end', 'session_start', 'session_end',
  'subagent_start', 'subagent_stop'
)`;

/**
 * What happened in a session, prompt by prompt?
 *
 * | kind    | one row is                           | tokens and money                           |
 * |---------|--------------------------------------|--------------------------------------------|
 * | prompt  | a prompt and all that it led to      | all its requests, those of subagents too   |
 * | request | an answer of a model                 | its own                                    |
 * | agent   | a subagent's run                     | its own requests, not its subagents'       |
 * | tool    | a tool call                          | none: the request that asked for it has it |
 * | skill   | a use of a skill                     | none                                       |
 * | event   | a command, a compaction, a commit …  | none                                       |
 *
 * The prompt rows sum to the session, and so do the request rows. What belongs to no known prompt stands under
 * the empty prompt_id.
 */
export const sessionTimeline = defineQuestion('session_timeline', {
  description:
    'What happened in a session, prompt by prompt? Rows of kind prompt (with the sums of all its requests), request, agent, tool, skill and event, in order of time within their prompt. List prices.',
  params: {
    ...windowParams,
    session_id: p.string().describe('The session.'),
  },
  nodes: [
    billedRequests(inWindowOfSession, ofSession),
    node({
      name: 'prompt_of_request',
      sql: `
SELECT
  request_key,
  prompt_id.2 AS prompt_id,
  duration_ms
FROM requests
FINAL
WHERE session_id.2 = {{ String(session_id) }}`,
    }),
    node({
      name: 'answers',
      sql: `
SELECT
  billed.timestamp AS at,
  of_request.prompt_id AS prompt_id,
  billed.agent_id AS agent_id,
  billed.agent_type AS agent_type,
  billed.parent_agent_id AS parent_agent_id,
  billed.skill_name AS skill_name,
  billed.model AS model,
  of_request.duration_ms AS duration_ms,
  billed.total_tokens AS tokens,
  billed.cost_usd AS cost
FROM billed_requests AS billed
LEFT JOIN prompt_of_request AS of_request USING (request_key)`,
    }),
    toolCalls(inWindowOfSession, ofSession),
    node({
      name: 'runs',
      sql: `
SELECT
  agent_id,
  max(toString(agent_type)) AS run_type,
  max(prompt_id) AS run_prompt,
  minIf(timestamp, event = 'start') AS first_start,
  maxIf(timestamp, event = 'stop') AS last_stop,
  countIf(event = 'start') > 0 AS has_start,
  countIf(event = 'stop') > 0 AS has_stop
FROM agent_activations
FINAL
WHERE ${inWindowOfSession}
  ${ofSession}
GROUP BY agent_id`,
    }),
    node({
      name: 'spend_of_agent',
      sql: `
SELECT
  agent_id,
  max(agent_type) AS spend_type,
  max(parent_agent_id) AS parent,
  max(prompt_id) AS spend_prompt,
  min(at) AS first_request,
  count() AS requests,
  sum(tokens) AS agent_tokens,
  sumOrNull(cost) AS agent_cost,
  countIf(cost IS NULL) AS unpriced
FROM answers
WHERE agent_id != ''
GROUP BY agent_id`,
    }),
    node({
      name: 'events',
      sql: `
SELECT *
FROM telemetry_events
FINAL
WHERE ${inWindowOfSession}
  ${ofSession}`,
    }),
    node({
      name: 'skills',
      sql: `
SELECT *
FROM skill_activations
FINAL
WHERE ${inWindowOfSession}
  ${ofSession}`,
    }),
    node({
      name: 'steps',
      sql: `
SELECT
  prompt_id,
  at,
  'request' AS kind,
  model AS name,
  agent_id,
  agent_type,
  parent_agent_id,
  skill_name,
  '' AS status,
  '' AS error_class,
  duration_ms,
  toUInt64(1) AS request_count,
  CAST(tokens, 'Nullable(UInt64)') AS total_tokens,
  cost AS total_cost_usd,
  toUInt64(cost IS NULL) AS unpriced_requests
FROM answers
UNION ALL
SELECT
  prompt_id,
  called_at,
  'tool',
  tool_name,
  agent_id,
  agent_type,
  '',
  '',
  status,
  error_class,
  duration_ms,
  0,
  NULL,
  NULL,
  0
FROM tool_calls
UNION ALL
SELECT
  if(run_prompt != '', run_prompt, spend_prompt),
  arrayMin(arrayFilter((_, known) -> known, [first_start, first_request, last_stop], [has_start, requests > 0, NOT has_start AND requests = 0])),
  'agent',
  if(run_type != '', run_type, spend_type),
  agent_id,
  if(run_type != '', run_type, spend_type),
  parent,
  '',
  if(has_stop, 'stopped', ''),
  '',
  if(has_start AND has_stop AND last_stop >= first_start, toUInt64(dateDiff('millisecond', first_start, last_stop)), NULL),
  requests,
  if(requests > 0, agent_tokens, NULL),
  agent_cost,
  unpriced
FROM runs
FULL OUTER JOIN spend_of_agent USING (agent_id)
UNION ALL
SELECT
  used.prompt_id,
  if(called.tool_use_id != '', called.called_at, used.timestamp),
  'skill',
  toString(used.skill_name),
  used.agent_id,
  toString(used.agent_type),
  '',
  toString(used.skill_name),
  if(used.success IS NULL, toString(used.trigger), if(used.success, 'success', 'failure')),
  toString(used.error_class),
  used.duration_ms,
  0,
  NULL,
  NULL,
  0
FROM skills AS used
LEFT JOIN tool_calls AS called USING (tool_use_id)
UNION ALL
SELECT
  prompt_id,
  timestamp,
  'event',
  toString(event),
  agent_id,
  toString(agent_type),
  '',
  toString(skill_name),
  toString(status),
  toString(error_class),
  duration_ms,
  0,
  NULL,
  NULL,
  0
FROM events
WHERE event NOT IN ${toldElsewhere}`,
    }),
    node({
      name: 'turns',
      description: 'When each prompt came and its turn ended, where a hook told',
      sql: `
SELECT
  prompt_id,
  minIf(timestamp, event = 'prompt') AS prompted_at,
  maxIf(timestamp, event = 'turn_end') AS turn_ended_at,
  countIf(event = 'prompt') > 0 AS has_prompt,
  countIf(event = 'turn_end') > 0 AS has_end
FROM events
WHERE event IN ('prompt', 'turn_end')
GROUP BY prompt_id`,
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
FROM steps
GROUP BY prompt_id`,
    }),
    node({
      name: 'prompts',
      sql: `
SELECT
  prompt_id,
  if(
    step_count = 0,
    prompted_at,
    if(has_prompt, least(prompted_at, first_step), first_step)
  ) AS prompt_at,
  if(
    has_prompt AND has_end AND turn_ended_at >= prompted_at,
    toUInt64(dateDiff('millisecond', prompted_at, turn_ended_at)),
    NULL
  ) AS turn_ms,
  requests,
  tokens,
  cost,
  unpriced
FROM work
FULL OUTER JOIN turns USING (prompt_id)`,
    }),
    node({
      name: 'timeline',
      sql: `
SELECT
  prompt_id,
  prompt_at,
  prompt_at AS at,
  'prompt' AS kind,
  '' AS name,
  '' AS agent_id,
  '' AS agent_type,
  '' AS parent_agent_id,
  '' AS skill_name,
  '' AS status,
  '' AS error_class,
  turn_ms AS duration_ms,
  requests AS request_count,
  CAST(if(requests > 0, tokens, NULL), 'Nullable(UInt64)') AS total_tokens,
  cost AS total_cost_usd,
  unpriced AS unpriced_requests
FROM prompts
UNION ALL
SELECT
  prompt_id,
  prompt_at,
  at,
  kind,
  name,
  agent_id,
  agent_type,
  parent_agent_id,
  skill_name,
  status,
  error_class,
  duration_ms,
  request_count,
  total_tokens,
  total_cost_usd,
  unpriced_requests
FROM steps
INNER JOIN prompts USING (prompt_id)`,
    }),
    node({
      name: 'in_order',
      sql: `
SELECT
  prompt_id,
  at,
  kind,
  name,
  agent_id,
  agent_type,
  parent_agent_id,
  skill_name,
  status,
  error_class,
  duration_ms,
  request_count,
  total_tokens,
  total_cost_usd,
  unpriced_requests
FROM timeline
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
  output: {
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
  },
});
