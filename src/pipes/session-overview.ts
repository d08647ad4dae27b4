/** The question session_overview: what happened in each session, and what did it cost? */
import { node, p, t, type NodeDefinition } from '@tinybirdco/sdk';
import { billedRequests, defineQuestion, oneOf, windowOfSession, windowParams } from './parts/define.js';
import { claudeMetrics, sessionCounters } from './parts/otel-metrics.js';
import { agentActivations, sessionStates, skillActivations } from './parts/otel-sightings.js';
import { sessionStatuses } from './parts/session-status.js';
import type { Window } from './parts/window.js';

/** A session's state, by its `ended_at` and the moment of its last activity. */
export const statusOf = (lastActivity: string) => `multiIf(
    ended_at IS NOT NULL, 'ended',
    ${lastActivity} < now64(3, 'UTC') - toIntervalHour(24), 'abandoned',
    'active'
  )`;

/** Keeps the rows of the requested session, if one is requested. */
export const thisSession = `
  {% if defined(session_id) %}
  AND session_id = {{ String(session_id) }}
  {% end %}`;

/** The columns of a session and their types. */
export const sessionTypes = {
  session_id: t.string(),
  project: t.string(),
  started: t.dateTime64(3, 'UTC').nullable(),
  last_activity: t.dateTime64(3, 'UTC').nullable(),
  ended: t.dateTime64(3, 'UTC').nullable(),
  duration_ms: t.int64().nullable(),
  models: t.array(t.string()),
  status: oneOf(...sessionStatuses),
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
  prompts: t.uint64().nullable(),
  tool_calls: t.uint64().nullable(),
  tool_failures: t.uint64().nullable(),
  lines_added: t.uint64().nullable(),
  lines_removed: t.uint64().nullable(),
  commits: t.uint64().nullable(),
};

/**
 * The nodes of a question about sessions; the last one is `overview`.
 *
 * @param ofSessions condition that narrows the sessions
 */
export const sessionNodes = (window: Window, ofSessions: string): NodeDefinition[] => [
  billedRequests(window, ofSessions),
  claudeMetrics(window),
  sessionCounters(),
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
  groupUniqArrayIf(agent_type, agent_type NOT IN ('', 'custom')) AS agent_types,
  arraySort((name, spent) -> (-spent, name), mapKeys(tokens_of_model), mapValues(tokens_of_model)) AS models_used,
  sumMap(map(model, total_tokens)) AS tokens_of_model
FROM billed_requests
GROUP BY session_id`,
  }),
  node({
    name: 'activity',
    description: 'What each table knows of a session, side by side: each is passed over once',
    sql: `
SELECT
  session_id,
  project,
  'agent' AS kind,
  agent_type AS name,
  CAST(NULL, 'Nullable(DateTime64(3, ''UTC''))') AS first_at,
  CAST(NULL, 'Nullable(DateTime64(3, ''UTC''))') AS last_at,
  CAST(NULL, 'Nullable(DateTime64(3, ''UTC''))') AS end_at,
  '' AS reason,
  0 AS is_summary,
  CAST(NULL, 'Nullable(UInt64)') AS prompt_count,
  CAST(NULL, 'Nullable(UInt64)') AS call_count,
  CAST(NULL, 'Nullable(UInt64)') AS failure_count,
  CAST(NULL, 'Nullable(UInt64)') AS added_count,
  CAST(NULL, 'Nullable(UInt64)') AS removed_count
FROM (${agentActivations(window, ofSessions)})
UNION ALL
SELECT session_id, project, 'skill', skill_name, NULL, NULL, NULL, '', 0, NULL, NULL, NULL, NULL, NULL
FROM (${skillActivations(window, ofSessions)})
UNION ALL
SELECT
  session_id,
  project,
  'state',
  '',
  started_at,
  last_activity_at,
  ended_at,
  end_reason,
  is_summary,
  prompts,
  tool_calls,
  tool_failures,
  lines_added,
  lines_removed
FROM (${sessionStates(window, ofSessions)})`,
  }),
  node({
    name: 'known',
    sql: `
SELECT
  session_id,
  max(project) AS known_project,
  groupUniqArrayIf(name, kind = 'agent' AND name != '') AS known_agents,
  uniqExactIf(name, kind = 'skill') AS skills,
  max(first_at) AS started_at,
  max(last_at) AS active_at,
  max(end_at) AS ended_at,
  max(reason) AS why_ended,
  max(is_summary) AS has_summary,
  max(prompt_count) AS prompt_total,
  max(call_count) AS call_total,
  max(failure_count) AS failure_total,
  max(added_count) AS added_total,
  max(removed_count) AS removed_total
FROM activity
GROUP BY session_id`,
  }),
  node({
    name: 'overview',
    sql: `
SELECT
  session_id,
  if(known_project != '', known_project, spend_project) AS project,
  if(requests > 0 AND (started_at IS NULL OR (has_summary = 0 AND first_request < started_at)), first_request, started_at) AS started,
  if(requests > 0 AND (active_at IS NULL OR (has_summary = 0 AND last_request > active_at)), last_request, active_at) AS last_activity,
  ended_at AS ended,
  dateDiff('millisecond', started, last_activity) AS duration_ms,
  models_used AS models,
  ${statusOf('last_activity')} AS status,
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
  failure_total AS tool_failures,
  coalesce(added_total, if(is_counted = 1, counted_lines_added, NULL)) AS lines_added,
  coalesce(removed_total, if(is_counted = 1, counted_lines_removed, NULL)) AS lines_removed,
  if(is_counted = 1, counted_commits, NULL) AS commits
FROM (
  SELECT *
  FROM known
  FULL OUTER JOIN spend USING (session_id)
) AS seen
LEFT JOIN session_counters USING (session_id)
ORDER BY last_activity DESC NULLS LAST, session_id`,
  }),
];

/**
 * What happened in each session, and what did it cost?
 *
 * A session is active until SessionEnd, and again when it is resumed. A session without an end that was silent for 24
 * hours is abandoned (the client was killed, or its machine switched off).
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
  nodes: sessionNodes(windowOfSession, thisSession),
  output: sessionTypes,
});
