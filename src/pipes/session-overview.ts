import { node, p, t } from '@tinybirdco/sdk';
import {
  billedRequests,
  defineQuestion,
  inProject,
  inWindowOfSession,
  oneOf,
  windowParams,
} from './define.js';

const thisSession = `
  {% if defined(session_id) %}
  AND session_id = {{ String(session_id) }}
  {% end %}`;

/** What is told of a session: the columns and their types. */
export const sessionTypes = {
  session_id: t.string(),
  project: t.string(),
  started: t.dateTime64(3, 'UTC').nullable(),
  last_activity: t.dateTime64(3, 'UTC').nullable(),
  ended: t.dateTime64(3, 'UTC').nullable(),
  status: oneOf('active', 'ended', 'abandoned'),
  end_reason: t.string(),
  agents_used: t.uint64(),
  skills_used: t.uint64(),
  request_count: t.uint64(),
  total_input: t.uint64(),
  total_output: t.uint64(),
  total_cache_read: t.uint64(),
  total_cache_creation: t.uint64(),
  total_tokens: t.uint64(),
  total_cost_usd: t.float64().nullable(),
  unpriced_requests: t.uint64(),
  cache_hit_rate: t.float64().nullable(),
  prompts: t.uint32().nullable(),
  tool_calls: t.uint32().nullable(),
  tool_failures: t.uint32().nullable(),
};

/**
 * What happened in each session, and what did it cost?
 *
 * A session is active until SessionEnd; one that ended goes on when it is resumed; one that was silent for 24
 * hours without an end is abandoned (the client was killed, or its machine switched off).
 */
export const sessionOverview = defineQuestion('session_overview', {
  description:
    'What happened in each session of the window, newest first, and what did it cost at list price?',
  params: {
    ...windowParams,
    session_id: p
      .string()
      .optional()
      .describe('Only this session, whole, unless days or date_from is given.'),
  },
  nodes: [
    billedRequests(inWindowOfSession, thisSession),
    node({
      name: 'spend',
      sql: `
SELECT
  session_id,
  max(project) AS spend_project,
  min(timestamp) AS first_request,
  max(timestamp) AS last_request,
  count() AS requests,
  sum(input_tokens) AS input,
  sum(output_tokens) AS output,
  sum(cache_read_tokens) AS cache_read,
  sum(cache_creation_tokens) AS cache_creation,
  sumOrNull(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced,
  groupUniqArrayIf(agent_type, agent_type NOT IN ('', 'custom')) AS agent_types
FROM billed_requests
GROUP BY session_id`,
    }),
    node({
      name: 'activity',
      description: 'What each table knows of a session, side by side: each is passed over once',
      sql: `
SELECT
  session_id,
  toString(project) AS project,
  'agent' AS kind,
  toString(agent_type) AS name,
  CAST(NULL, 'Nullable(DateTime64(3, ''UTC''))') AS first_at,
  CAST(NULL, 'Nullable(DateTime64(3, ''UTC''))') AS last_at,
  CAST(NULL, 'Nullable(DateTime64(3, ''UTC''))') AS end_at,
  '' AS reason,
  CAST(NULL, 'Nullable(UInt32)') AS prompt_count,
  CAST(NULL, 'Nullable(UInt32)') AS call_count,
  CAST(NULL, 'Nullable(UInt32)') AS failure_count
FROM agent_activations
FINAL
WHERE ${inWindowOfSession}
  ${inProject}
  ${thisSession}
UNION ALL
SELECT session_id, toString(project), 'skill', toString(skill_name), NULL, NULL, NULL, '', NULL, NULL, NULL
FROM skill_activations
FINAL
WHERE ${inWindowOfSession}
  ${inProject}
  ${thisSession}
UNION ALL
SELECT
  session_id,
  toString(project),
  'state',
  '',
  started_at,
  last_activity_at,
  ended_at,
  toString(end_reason),
  prompts,
  tool_calls,
  tool_failures
FROM session_summaries
FINAL
WHERE ${inWindowOfSession}
  ${inProject}
  ${thisSession}`,
    }),
    node({
      name: 'known',
      sql: `
SELECT
  session_id,
  max(project) AS known_project,
  groupUniqArrayIf(name, kind = 'agent' AND name NOT IN ('', 'custom')) AS known_agents,
  uniqExactIf(name, kind = 'skill') AS skills,
  max(first_at) AS started_at,
  max(last_at) AS active_at,
  max(end_at) AS ended_at,
  max(reason) AS why_ended,
  max(prompt_count) AS prompt_total,
  max(call_count) AS call_total,
  max(failure_count) AS failure_total
FROM activity
GROUP BY session_id`,
    }),
    node({
      name: 'overview',
      sql: `
SELECT
  session_id,
  if(known_project != '', known_project, spend_project) AS project,
  coalesce(started_at, if(requests > 0, first_request, NULL)) AS started,
  coalesce(active_at, if(requests > 0, last_request, NULL)) AS last_activity,
  ended_at AS ended,
  multiIf(
    ended_at IS NOT NULL, 'ended',
    last_activity < now64(3, 'UTC') - toIntervalHour(24), 'abandoned',
    'active'
  ) AS status,
  why_ended AS end_reason,
  length(arrayDistinct(arrayConcat(known_agents, agent_types))) AS agents_used,
  skills AS skills_used,
  requests AS request_count,
  input AS total_input,
  output AS total_output,
  cache_read AS total_cache_read,
  cache_creation AS total_cache_creation,
  input + output + cache_read + cache_creation AS total_tokens,
  cost AS total_cost_usd,
  unpriced AS unpriced_requests,
  if(input + cache_read + cache_creation > 0, cache_read / (input + cache_read + cache_creation), NULL) AS cache_hit_rate,
  prompt_total AS prompts,
  call_total AS tool_calls,
  failure_total AS tool_failures
FROM known
FULL OUTER JOIN spend USING (session_id)
ORDER BY last_activity DESC NULLS LAST, session_id`,
    }),
  ],
  output: sessionTypes,
});
