/** The question usage_hints: what could be done better? */
import { node, t } from '@tinybirdco/sdk';
import { runsByType } from './parts/agent-types.js';
import { billedRequests, defineQuestion, isSubagent, oneOf, windowParams } from './parts/define.js';
import { groupKey } from './parts/group-key.js';
import { hintKinds, standsOutSql } from './parts/hint-rules.js';
import { installedSkills } from './parts/installed-skills.js';
import { skillOutcomes } from './parts/skill-outcomes.js';
import { toolCalls } from './parts/tool-calls.js';
import { windowBetween, windowEnd } from './parts/window.js';

/** The kinds of hints, most important first. */
const kinds = ['agent_model', ...hintKinds, 'unused_skills'] as const;

/** The run that a request is of, its type and its model. */
const isOfRun = `(agent_id != '' AND agent_type != '')`;
const ofRun = groupKey({
  is_of_run: isOfRun,
  run_session: `if(${isOfRun}, session_id, '')`,
  run_agent: `if(${isOfRun}, agent_id, '')`,
  is_of_type: isSubagent,
  type: 'toString(agent_type)',
  answered_by: 'toString(model)',
});

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
    node({
      name: 'spend_of_runs',
      description: 'What each run used, by model; requests of no known run together',
      sql: `
SELECT
  ${ofRun.columns},
  count() AS requests,
  sum(cost_usd) AS cost,
  countIf(cost_usd IS NULL) AS unpriced,
  sum(cache_read_tokens) AS cached,
  sum(input_tokens + cache_read_tokens + cache_creation_tokens) AS prompt_tokens
FROM (SELECT *, ${ofRun.made} FROM billed_requests)
GROUP BY ${ofRun.name}`,
    }),
    node({
      name: 'parts',
      description:
        'The spend as a whole, of each model, of each type of subagent, and of its runs whose every request was priced and answered by one model',
      sql: `
SELECT
  part_of.1 AS part,
  part_of.2 AS type_of_part,
  part_of.3 AS model_of_part,
  if(part = 'run', count(), sum(requests)) AS size,
  sum(if(part = 'run', run_cost, cost)) AS part_cost,
  sum(cached) AS part_cached,
  sum(prompt_tokens) AS part_prompt,
  part_cost / size AS each
FROM (
  SELECT
    *,
    sum(cost) OVER one_run AS run_cost,
    max(type) OVER one_run AS type_of_run,
    is_of_run
      AND min(answered_by) OVER one_run = max(answered_by) OVER one_run
      AND sum(unpriced) OVER one_run = 0
      AND row_number() OVER one_run = 1 AS is_run
  FROM spend_of_runs
  WINDOW one_run AS (PARTITION BY run_session, run_agent)
)
ARRAY JOIN arrayConcat(
  [('all', '', ''), ('model', '', answered_by)],
  if(is_of_type, [('agent', type, '')], []),
  if(is_run, [('run', type_of_run, answered_by)], [])
) AS part_of
GROUP BY part, type_of_part, model_of_part
HAVING part != 'run' OR size >= 2`,
    }),
    node({
      name: 'compared_parts',
      sql: `
SELECT
  *,
  maxIf(part_cost, part = 'all') OVER () AS all_cost,
  countIf(part = 'model') OVER () AS models,
  argMin(model_of_part, each) OVER same_type AS cheap_model,
  min(each) OVER same_type AS cheap_each,
  row_number() OVER (PARTITION BY part, type_of_part ORDER BY each DESC) = 1 AS is_most_expensive
FROM parts
WINDOW same_type AS (PARTITION BY part, type_of_part)`,
    }),
    ...runsByType(),
    toolCalls(),
    skillOutcomes(),
    ...installedSkills(lastMonth, 'window'),
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
  transform(part, ['run', 'agent', 'all', 'model'], ['agent_model', 'agent_cost', 'low_cache', 'model_cost'], '') AS kind,
  if(part = 'model', model_of_part, type_of_part) AS subject,
  multiIf(part = 'agent', runs, part = 'all', part_cached, size) AS happened,
  if(part = 'all', part_prompt, NULL) AS out_of,
  multiIf(part = 'all', part_cached / part_prompt, part = 'run', NULL, part_cost / nullIf(all_cost, 0)) AS share,
  if(part = 'all', NULL, part_cost) AS cost_usd,
  multiIf(part = 'run', each, part = 'agent', part_cost / nullIf(runs, 0), NULL) AS usd_each,
  model_of_part AS model,
  if(part = 'run', cheap_model, '') AS compared_with,
  if(part = 'run', cheap_each, NULL) AS compared_usd_each,
  if(part = 'run', size * (each - cheap_each), NULL) AS saving_usd
FROM compared_parts
LEFT JOIN runs_by_type ON type_of_part = agent_type
WHERE multiIf(
  part = 'run',
  is_most_expensive AND each > cheap_each,
  part = 'agent',
  type_of_part != '' AND runs > 0 AND ${standsOutSql('agent_cost', 'share', 'usd_each')},
  part = 'all',
  ${standsOutSql('low_cache', 'share', 'part_prompt')},
  models > 1 AND ${standsOutSql('model_cost', 'share', 'all_cost')}
)
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
