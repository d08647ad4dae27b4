/** The question cost_by_part: what did each model, agent, skill and project cost? */
import { node, p, t } from '@tinybirdco/sdk';
import { partOf, spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { billedRequests, defineQuestion, oneOf, windowParams } from './parts/define.js';

const dimensions = ['model', 'agent', 'skill', 'project'] as const;

/** SQL of the place of a row's dimension. */
export const placeOfDimension = `indexOf([${dimensions.map((name) => `'${name}'`).join(', ')}], dimension)`;

export const partLimit = p
  .int32()
  .optional()
  .describe('How many parts of each dimension at most. Default: all.');

export const partTypes = {
  dimension: oneOf(...dimensions),
  part: t.string(),
  ...spendTypes,
  cost_share: t.float64().nullable(),
};

/**
 * What did each model, agent, skill and project cost? All four breakdowns in one pass over the requests, for
 * surfaces that show them side by side. The parts are those of cost_by_model, cost_by_agent, cost_by_skill and
 * cost_by_project.
 */
export const costByPart = defineQuestion('cost_by_part', {
  description:
    'What did each model, agent, skill and project cost, most expensive first? The four breakdowns in one answer: dimension (model, agent, skill, project) and part. Within a dimension every request is in exactly one row, and cost_share is the share of its priced total. List prices.',
  params: {
    ...windowParams,
    limit: partLimit,
  },
  nodes: [
    billedRequests(),
    node({
      name: 'parts',
      sql: `
SELECT
  part_of.1 AS dimension,
  part_of.2 AS part,
  ${spendOfPart}
FROM billed_requests
ARRAY JOIN [
  ('model', ${partOf.model}),
  ('agent', ${partOf.agent}),
  ('skill', ${partOf.skill}),
  ('project', ${partOf.project})
] AS part_of
GROUP BY dimension, part`,
    }),
    node({
      name: 'shares',
      sql: `
SELECT
  * EXCEPT (request_count, unpriced_requests),
  total_cost_usd / nullIf(sum(total_cost_usd) OVER (PARTITION BY dimension), 0) AS cost_share,
  request_count,
  unpriced_requests
FROM parts
ORDER BY ${placeOfDimension}, total_cost_usd DESC NULLS LAST, part
{% if defined(limit) %}
LIMIT {{ Int32(limit) }} BY dimension
{% end %}`,
    }),
  ],
  output: partTypes,
});
