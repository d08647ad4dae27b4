import { node, t } from '@tinybirdco/sdk';
import { agentRuns } from './agent-runs.js';
import { billedRequests, defineQuestion, inProject, inWindow, oneOf, windowParams } from './define.js';
import { toolCalls } from './tool-calls.js';

/**
 * What could be done better, each hint with the figures behind it?
 *
 * | kind           | when                                                        | happened, out_of        |
 * |----------------|-------------------------------------------------------------|-------------------------|
 * | agent_model    | a type of subagent ran at least twice on each of two models | runs on the dearer one  |
 * | agent_cost     | 30 % of the cost or more, at 0.10 USD a run or more         | runs                    |
 * | low_cache      | under 60 % of 100,000 prompt tokens or more from the cache  | tokens from it, of all  |
 * | tool_failures  | 20 % or more of five calls or more failed                   | failures, calls         |
 * | skill_failures | 20 % or more of the uses with an outcome failed             | failures, outcomes      |
 * | model_cost     | 80 % or more of 1 USD or more, while another model was used | requests                |
 *
 * Only agent_model estimates a saving, from what the same type of subagent really cost on the cheaper model:
 * saving_usd = happened × (usd_each − compared_usd_each). It takes the work for alike, which nobody can know.
 */
export const usageHints = defineQuestion('usage_hints', {
  description:
    'What could be done better? One row a hint, with the figures behind it: kind, subject, happened out_of (share), cost, and where the same work was seen to cost less, compared_with and the estimated saving at list price.',
  params: windowParams,
  nodes: [
    billedRequests(),
    agentRuns(),
    toolCalls(),
    node({
      name: 'totals',
      sql: `
SELECT
  sum(cost_usd) AS all_cost,
  sum(cache_read_tokens) AS cached,
  sum(input_tokens + cache_read_tokens + cache_creation_tokens) AS prompt_tokens,
  uniqExact(model) AS models
FROM billed_requests`,
    }),
    node({
      name: 'agent_costs',
      sql: `
SELECT
  agent_type,
  sum(cost_usd) AS agent_cost
FROM billed_requests
WHERE agent_id != '' AND agent_type != ''
GROUP BY agent_type`,
    }),
    node({
      name: 'agent_run_counts',
      sql: `
SELECT
  run_type AS agent_type,
  count() AS runs
FROM agent_runs
GROUP BY agent_type`,
    }),
    node({
      name: 'runs_on_models',
      description: 'Runs whose every request was priced and answered by one model',
      sql: `
SELECT
  type AS agent_type,
  run_model,
  count() AS runs,
  avg(run_cost) AS each
FROM (
  SELECT
    session_id,
    agent_id,
    max(agent_type) AS type,
    any(model) AS run_model,
    sum(cost_usd) AS run_cost
  FROM billed_requests
  WHERE agent_id != '' AND agent_type != ''
  GROUP BY session_id, agent_id
  HAVING uniqExact(model) = 1 AND countIf(cost_usd IS NULL) = 0
)
GROUP BY agent_type, run_model
HAVING runs >= 2`,
    }),
    node({
      name: 'dear_and_cheap',
      sql: `
SELECT
  agent_type,
  argMax(run_model, each) AS dear_model,
  argMax(runs, each) AS dear_runs,
  max(each) AS dear_each,
  argMin(run_model, each) AS cheap_model,
  min(each) AS cheap_each
FROM runs_on_models
GROUP BY agent_type
HAVING count() > 1 AND dear_each > cheap_each`,
    }),
    node({
      name: 'skills',
      sql: `
SELECT
  toString(skill_name) AS skill,
  countIf(NOT success) AS failed,
  countIf(success IS NOT NULL) AS outcomes
FROM (
  SELECT *
  FROM skill_activations
  FINAL
)
WHERE ${inWindow}
  ${inProject}
GROUP BY skill`,
    }),
    node({
      name: 'found',
      sql: `
SELECT
  'agent_model' AS kind,
  agent_type AS subject,
  dear_runs AS happened,
  CAST(NULL, 'Nullable(UInt64)') AS out_of,
  CAST(NULL, 'Nullable(Float64)') AS share,
  CAST(dear_runs * dear_each, 'Nullable(Float64)') AS cost_usd,
  CAST(dear_each, 'Nullable(Float64)') AS usd_each,
  dear_model AS model,
  cheap_model AS compared_with,
  CAST(cheap_each, 'Nullable(Float64)') AS compared_usd_each,
  CAST(dear_runs * (dear_each - cheap_each), 'Nullable(Float64)') AS saving_usd
FROM dear_and_cheap
UNION ALL
SELECT 'agent_cost', agent_type, runs, NULL, agent_cost / all_cost, agent_cost, agent_cost / runs, '', '', NULL, NULL
FROM agent_costs
INNER JOIN agent_run_counts USING (agent_type)
CROSS JOIN totals
WHERE agent_cost / nullIf(all_cost, 0) >= 0.3 AND agent_cost / nullIf(runs, 0) >= 0.1
UNION ALL
SELECT 'low_cache', '', cached, prompt_tokens, cached / prompt_tokens, NULL, NULL, '', '', NULL, NULL
FROM totals
WHERE prompt_tokens >= 100000 AND cached / prompt_tokens < 0.6
UNION ALL
SELECT 'tool_failures', tool_name, countIf(status = 'failure') AS failures, count() AS calls, failures / calls, NULL, NULL, '', '', NULL, NULL
FROM tool_calls
GROUP BY tool_name
HAVING calls >= 5 AND failures / calls >= 0.2
UNION ALL
SELECT 'skill_failures', skill, failed, outcomes, failed / outcomes, NULL, NULL, '', '', NULL, NULL
FROM skills
WHERE failed > 0 AND failed / outcomes >= 0.2
UNION ALL
SELECT 'model_cost', model_name, model_requests, NULL, model_cost / all_cost, model_cost, NULL, model_name, '', NULL, NULL
FROM (
  SELECT
    model AS model_name,
    count() AS model_requests,
    sum(cost_usd) AS model_cost
  FROM billed_requests
  GROUP BY model_name
) AS by_model
CROSS JOIN totals
WHERE models > 1 AND all_cost >= 1 AND model_cost / all_cost >= 0.8`,
    }),
    node({
      name: 'hints',
      sql: `
SELECT *
FROM found
ORDER BY
  indexOf(['agent_model', 'agent_cost', 'low_cache', 'tool_failures', 'skill_failures', 'model_cost'], kind),
  saving_usd DESC NULLS LAST,
  cost_usd DESC NULLS LAST,
  happened DESC,
  subject`,
    }),
  ],
  output: {
    kind: oneOf('agent_model', 'agent_cost', 'low_cache', 'tool_failures', 'skill_failures', 'model_cost'),
    subject: t.string(),
    happened: t.uint64(),
    out_of: t.uint64().nullable(),
    share: t.float64().nullable(),
    cost_usd: t.float64().nullable(),
    usd_each: t.float64().nullable(),
    model: t.string(),
    compared_with: t.string(),
    compared_usd_each: t.float64().nullable(),
    saving_usd: t.float64().nullable(),
  },
});
