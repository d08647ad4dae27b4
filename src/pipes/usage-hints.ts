/** The question usage_hints: what could be done better? */
import { node, t } from '@tinybirdco/sdk';
import { agentTypes } from './parts/agent-types.js';
import { billedRequests, defineQuestion, oneOf, windowParams } from './parts/define.js';
import { hintKinds, standsOutSql } from './parts/hint-rules.js';
import { installedSkills } from './parts/installed-skills.js';
import { skillOutcomes } from './parts/skill-outcomes.js';
import { toolCalls } from './parts/tool-calls.js';
import { windowBetween, windowEnd } from './parts/window.js';

/** The kinds of hints, most important first. */
const kinds = ['agent_model', ...hintKinds, 'unused_skills'] as const;

const lastMonth = windowBetween(`${windowEnd} - toIntervalDay(30)`, windowEnd);

/**
 * What could be done better, each hint with the figures behind it?
 *
 * | kind           | when                                                         | happened, out_of        |
 * |----------------|--------------------------------------------------------------|-------------------------|
 * | agent_model    | a type of subagent ran at least twice on each of two models  | runs on the costlier one |
 * | agent_cost     | one took much of the cost, at a high cost per run            | runs                    |
 * | low_cache      | few of many prompt tokens came from the cache                | tokens from it, of all  |
 * | tool_failures  | many of several calls failed                                 | failures, calls         |
 * | skill_failures | many of the uses with an outcome failed                      | failures, outcomes      |
 * | model_cost     | one took nearly all of the cost, while another was used      | requests                |
 * | unused_skills  | skills that 10 sessions of 30 days found and none used       | these, all installed    |
 *
 * The limits are in `hint-rules.ts`. unused_skills covers the 30 days up to the end of the window, and the skills that
 * were installed before then and that the model sees: those take room in the context of every session.
 *
 * Only agent_model estimates a saving, from what the same type of subagent really cost on the cheaper model:
 * saving_usd = happened × (usd_each − compared_usd_each). It assumes that the work was alike, which is not known.
 */
export const usageHints = defineQuestion('usage_hints', {
  description:
    'What could be done better? One row per hint, with the figures behind it: kind, subject, happened out_of (share), cost, and, if the same work has cost less elsewhere, compared_with and the estimated saving at list price.',
  params: windowParams,
  nodes: [
    billedRequests(),
    ...agentTypes(),
    toolCalls(),
    skillOutcomes(),
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
    ...installedSkills(lastMonth),
    node({
      name: 'shown_skills',
      sql: `
SELECT
  countIf(uses = 0 AND sessions >= 10 AND first_seen <= ${windowEnd} - toIntervalDay(30)) AS unused,
  count() AS installed
FROM installed_skills
WHERE typed_only = 0
HAVING unused > 0`,
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
SELECT 'agent_cost', agent_type, runs, NULL, cost / all_cost, cost, cost / runs, '', '', NULL, NULL
FROM spend_by_type
INNER JOIN runs_by_type USING (agent_type)
CROSS JOIN totals
WHERE agent_type != '' AND ${standsOutSql('agent_cost', 'cost / nullIf(all_cost, 0)', 'cost / nullIf(runs, 0)')}
UNION ALL
SELECT 'low_cache', '', cached, prompt_tokens, cached / prompt_tokens, NULL, NULL, '', '', NULL, NULL
FROM totals
WHERE ${standsOutSql('low_cache', 'cached / prompt_tokens', 'prompt_tokens')}
UNION ALL
SELECT 'tool_failures', tool_name, countIf(status = 'failure') AS failures, count() AS calls, failures / calls, NULL, NULL, '', '', NULL, NULL
FROM tool_calls
GROUP BY tool_name
HAVING ${standsOutSql('tool_failures', 'failures / calls', 'calls')}
UNION ALL
SELECT 'skill_failures', skill_name, failures, outcomes, failures / outcomes, NULL, NULL, '', '', NULL, NULL
FROM skill_outcomes
WHERE ${standsOutSql('skill_failures', 'failures / outcomes', 'outcomes')}
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
WHERE models > 1 AND ${standsOutSql('model_cost', 'model_cost / all_cost', 'all_cost')}
UNION ALL
SELECT 'unused_skills', '', unused, installed, unused / installed, NULL, NULL, '', '', NULL, NULL
FROM shown_skills`,
    }),
    node({
      name: 'hints',
      sql: `
SELECT *
FROM found
ORDER BY
  indexOf([${kinds.map((kind) => `'${kind}'`).join(', ')}], kind),
  saving_usd DESC NULLS LAST,
  cost_usd DESC NULLS LAST,
  happened DESC,
  subject`,
    }),
  ],
  output: {
    kind: oneOf(...kinds),
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
