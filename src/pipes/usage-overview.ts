/** The question usage_overview: the figures, the costs and the tools of a window in one answer. */
import { node } from '@tinybirdco/sdk';
import { partLimit, partTypes, placeOfDimension } from './cost-by-part.js';
import { comparedFiguresWith, figureTypes } from './parts/compared-figures.js';
import { partOf, spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, windowParams } from './parts/define.js';
import { groupKey } from './parts/group-key.js';
import { listIf, listOf } from './parts/list-of.js';
import { otelAloneParam } from './parts/otel-sightings.js';
import { toolCalls } from './parts/tool-calls.js';
import { callsInOrder, toolFigures, toolTypes } from './parts/tool-figures.js';
import { activityFigures, isBefore, usageFigures, usageSources } from './parts/usage-figures.js';
import { windowOrBefore, windowStart } from './parts/window.js';

/** The columns of a part, over parts of it. */
const sumsOfParts = Object.entries(spendTypes)
  .map(
    ([name, { _tinybirdType: type }]) =>
      `${type.startsWith('Nullable') ? 'sumOrNull' : 'sum'}(${name}) AS ${name}`,
  )
  .join(',\n  ');

const ofWindow = (column: string) => `maxIf(${column}, dimension = '')`;

const combination = groupKey({
  is_before: isBefore,
  of_model: partOf.model,
  of_agent: partOf.agent,
  of_skill: partOf.skill,
  of_project: partOf.project,
});

/**
 * The figures, the costs and the tools of a window: what usage_summary, cost_by_part and tool_usage answer, in one row
 * of lists. It reads each table once, for surfaces that show all of it and ask often.
 *
 * Requests are summed by all four parts together first: these are few, so each breakdown costs little.
 */
export const usageOverview = defineQuestion('usage_overview', {
  description:
    'How did the window go, what did each model, agent, skill and project cost, and which tools were called? One row with the rows of usage_summary (metrics), cost_by_part (parts) and tool_usage (tools) as lists.',
  params: {
    ...windowParams,
    ...otelAloneParam,
    limit: partLimit,
  },
  nodes: [
    billedRequests(windowOrBefore),
    node({
      name: 'combinations',
      sql: `
SELECT
  ${combination.columns},
  groupUniqArrayIf(session_id, session_id != '') AS session_ids,
  ${spendOfPart}
FROM (SELECT *, ${combination.made} FROM billed_requests)
GROUP BY ${combination.name}`,
    }),
    node({
      name: 'parts_of_windows',
      description: 'What each part cost, and each window as a whole, which is the part of no dimension',
      sql: `
SELECT
  is_before,
  part_of.1 AS dimension,
  part_of.2 AS part,
  length(groupUniqArrayArray(session_ids)) AS session_count,
  ${sumsOfParts}
FROM combinations
ARRAY JOIN if(
  is_before,
  [('', '')],
  [('', ''), ('model', of_model), ('agent', of_agent), ('skill', of_skill), ('project', of_project)]
) AS part_of
GROUP BY is_before, dimension, part`,
    }),
    node({
      name: 'spend',
      sql: `
SELECT
  is_before,
  toFloat64(${ofWindow('session_count')}) AS sessions,
  toFloat64(${ofWindow('request_count')}) AS requests,
  toFloat64(${ofWindow('unpriced_requests')}) AS unpriced,
  ${ofWindow('total_cost_usd')} AS cost,
  toFloat64(${ofWindow('total_tokens')}) AS tokens,
  toFloat64(${ofWindow('total_input')}) AS input,
  toFloat64(${ofWindow('total_output')}) AS output,
  toFloat64(${ofWindow('total_cache_read')}) AS cache_read,
  toFloat64(${ofWindow('total_cache_creation')}) AS cache_creation,
  ${listIf(partTypes, "dimension != ''")} AS part_rows
FROM (
  SELECT
    *,
    total_cost_usd / nullIf(sum(total_cost_usd) OVER (PARTITION BY is_before, dimension), 0) AS cost_share
  FROM parts_of_windows
  ORDER BY
    is_before,
    ${placeOfDimension},
    total_cost_usd DESC NULLS LAST,
    part
  {% if defined(limit) %}
  LIMIT {{ Int32(limit) }} BY is_before, dimension
  {% end %}
)
GROUP BY is_before`,
    }),
    toolCalls(windowOrBefore),
    callsInOrder(`called_at < ${windowStart}`),
    node({
      name: 'tools',
      sql: `
SELECT
  is_before,
  toFloat64(sum(calls)) AS call_count,
  toFloat64(sum(failures)) AS failed_calls,
  sum(duration_total) / nullIf(sum(timed_calls), 0) AS call_ms,
  ${listIf(toolTypes, '1')} AS tool_rows
FROM (
  SELECT
    period AS is_before,
    tool_name,
    sum(duration_ms) AS duration_total,
    count(duration_ms) AS timed_calls,
    ${toolFigures}
  FROM in_order
  GROUP BY is_before, tool_name
  ORDER BY is_before, calls DESC, tool_name
)
GROUP BY is_before`,
    }),
    ...activityFigures(),
    ...comparedFiguresWith({ parts: 'part_rows', tools: 'tool_rows' }, usageFigures, usageSources),
  ],
  output: {
    metrics: listOf(figureTypes),
    parts: listOf(partTypes),
    tools: listOf(toolTypes),
  },
});
