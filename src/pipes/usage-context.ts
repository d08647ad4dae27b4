/** The question usage_context: what should an agent know when its session starts? */
import { node, t } from '@tinybirdco/sdk';
import { agentRuns } from './parts/agent-runs.js';
import { billedRequests, defineQuestion, isSubagent, windowParams } from './parts/define.js';
import { skillOutcomes } from './parts/skill-outcomes.js';
import { toolCalls } from './parts/tool-calls.js';

/**
 * What should an agent know when its session starts? One row in one request, and each table is read once, because the
 * start of the session waits for this answer.
 *
 * The arrays hold tuples, largest first, at most five each.
 */
export const usageContext = defineQuestion('usage_context', {
  description:
    'What should an agent know when its session starts? One row: totals, top agents, failing skills and tools.',
  params: windowParams,
  nodes: [
    billedRequests(),
    node({
      name: 'spend',
      sql: `
SELECT
  uniqExactIf(session_id, session_id != '') AS sessions,
  count() AS requests,
  sumOrNull(cost_usd) AS total_cost_usd,
  countIf(cost_usd IS NULL) AS unpriced_requests,
  sum(total_tokens) AS total_tokens,
  sum(input_tokens) AS input_tokens,
  sum(output_tokens) AS output_tokens,
  sum(cache_read_tokens) AS cache_read_tokens,
  sum(cache_creation_tokens) AS cache_creation_tokens,
  sumMap(map(model, ifNull(cost_usd, 0))) AS cost_of_model,
  sumMap(map(model, toUInt64(cost_usd IS NOT NULL))) AS priced_of_model,
  sumMapIf(map(agent_type, ifNull(cost_usd, 0)), ${isSubagent}) AS cost_of_agent,
  sumMapIf(map(agent_type, toUInt64(cost_usd IS NOT NULL)), ${isSubagent}) AS priced_of_agent
FROM billed_requests`,
    }),
    agentRuns(),
    node({
      name: 'runs',
      sql: `
SELECT
  sumMap(map(run_type, toUInt64(1))) AS runs_of_agent,
  sumMap(map(run_type, toFloat64(ifNull(run_duration_ms, 0)))) AS ms_of_agent,
  sumMap(map(run_type, toUInt64(run_duration_ms IS NOT NULL))) AS timed_of_agent
FROM agent_runs`,
    }),
    skillOutcomes(),
    node({
      name: 'skills',
      sql: `
SELECT groupArray((toString(skill_name), failures, outcomes)) AS failing_skills
FROM (
  SELECT *
  FROM skill_outcomes
  WHERE failures > 0
  ORDER BY failures DESC, skill_name
  LIMIT 5
)`,
    }),
    toolCalls(),
    node({
      name: 'tools',
      sql: `
SELECT groupArray((tool_name, failures, calls)) AS failing_tools
FROM (
  SELECT
    tool_name,
    countIf(status = 'failure') AS failures,
    count() AS calls
  FROM tool_calls
  GROUP BY tool_name
  HAVING failures > 0
  ORDER BY failures DESC, tool_name
  LIMIT 5
)`,
    }),
    node({
      name: 'context',
      sql: `
SELECT
  sessions,
  requests,
  total_cost_usd,
  unpriced_requests,
  total_tokens,
  input_tokens,
  output_tokens,
  cache_read_tokens,
  cache_creation_tokens,
  arraySlice(
    arraySort(
      agent -> (agent.3 IS NULL, -ifNull(agent.3, 0), agent.1),
      arrayMap(
        name -> (
          name,
          runs_of_agent[name],
          if(priced_of_agent[name] > 0, cost_of_agent[name], NULL),
          if(timed_of_agent[name] > 0, ms_of_agent[name] / timed_of_agent[name], NULL)
        ),
        arrayDistinct(arrayConcat(mapKeys(runs_of_agent), mapKeys(cost_of_agent)))
      )
    ),
    1,
    5
  ) AS top_agents,
  arraySlice(
    arraySort(
      one -> (one.2 IS NULL, -ifNull(one.2, 0), one.1),
      arrayMap(name -> (name, if(priced_of_model[name] > 0, cost_of_model[name], NULL)), mapKeys(cost_of_model))
    ),
    1,
    5
  ) AS top_models,
  failing_skills,
  failing_tools
FROM spend
CROSS JOIN runs
CROSS JOIN skills
CROSS JOIN tools`,
    }),
  ],
  output: {
    sessions: t.uint64(),
    requests: t.uint64(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    total_tokens: t.uint64(),
    input_tokens: t.uint64(),
    output_tokens: t.uint64(),
    cache_read_tokens: t.uint64(),
    cache_creation_tokens: t.uint64(),
    top_agents: t.array(t.tuple(t.string(), t.uint64(), t.float64().nullable(), t.float64().nullable())),
    top_models: t.array(t.tuple(t.string(), t.float64().nullable())),
    failing_skills: t.array(t.tuple(t.string(), t.uint64(), t.uint64())),
    failing_tools: t.array(t.tuple(t.string(), t.uint64(), t.uint64())),
  },
});
