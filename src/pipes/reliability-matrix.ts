/** The question reliability_matrix: how do calls of each tool by each model fail? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { toolCalls } from './parts/tool-calls.js';

/** The order of the rows. */
export const reliabilityOrder = pageOrder(
  ['failures', 'most'],
  ['calls', 'most'],
  ['tool_name', 'text'],
  ['model', 'text'],
  ['error_class', 'text'],
);

/**
 * How do calls of each tool by each model fail? Every failed call is in exactly one row. A tool and a model without
 * failures have one row with an empty class.
 */
export const reliabilityMatrix = defineQuestion('reliability_matrix', {
  description:
    'How do the calls of each tool by each model fail, most failures first? One row per tool, model and class of failure; calls is the number of all calls of the tool by the model, failure_rate is failures / calls. Without failures: one row with an empty class. unknown: the model, or the class, is not known.',
  params: { ...windowParams, ...reliabilityOrder.params },
  nodes: [
    toolCalls(),
    node({
      name: 'classes',
      sql: `
SELECT
  tool_name,
  if(model = '', 'unknown', model) AS model_name,
  multiIf(status != 'failure', '', error_class = '', 'unknown', error_class) AS class_of_failure,
  count() AS calls_of_class,
  uniqExact(session_id) AS sessions_of_class
FROM tool_calls
GROUP BY tool_name, model_name, class_of_failure`,
    }),
    node({
      name: 'matrix',
      sql: `
SELECT
  tool_name,
  model_name AS model,
  class_of_failure AS error_class,
  calls,
  if(error_class = '', 0, calls_of_class) AS failures,
  failures / calls AS failure_rate,
  if(error_class = '', 0, sessions_of_class) AS failed_sessions
FROM (
  SELECT
    *,
    sum(calls_of_class) OVER (PARTITION BY tool_name, model_name) AS calls,
    max(class_of_failure != '') OVER (PARTITION BY tool_name, model_name) AS has_failures
  FROM classes
)
WHERE class_of_failure != ''
  OR NOT has_failures`,
    }),
    reliabilityOrder.page('matrix'),
  ],
  output: {
    tool_name: t.string(),
    model: t.string(),
    error_class: t.string(),
    calls: t.uint64(),
    failures: t.uint64(),
    failure_rate: t.float64(),
    failed_sessions: t.uint64(),
  },
});
