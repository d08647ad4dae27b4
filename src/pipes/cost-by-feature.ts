/** The question cost_by_feature: what did each feature cost? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { UNATTRIBUTED } from './parts/task-runs.js';
import { requestsOfTasks } from './parts/task-usage.js';

/** The order of the rows. */
export const costByFeatureOrder = pageOrder(
  ['feature', 'attributed_first'],
  ['total_cost_usd', 'most_expensive'],
  ['feature', 'text'],
  ['project', 'text'],
);

/** What did each feature cost? A request belongs to the feature of its task, else to the row `unattributed`. */
export const costByFeature = defineQuestion('cost_by_feature', {
  description:
    'What did each feature cost, most expensive first? A request belongs to the feature that the last event of its task names, else to the row `unattributed`. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...costByFeatureOrder.params },
  nodes: [
    ...requestsOfTasks(),
    node({
      name: 'parts',
      sql: `
SELECT
  if(feature_id = '', '${UNATTRIBUTED}', feature_id) AS feature,
  if(feature_id = '', '', task_project) AS project,
  uniqExactIf((task_project, task_id), feature_id != '') AS tasks,
  uniqExactIf(session_id, session_id != '') AS sessions,
  ${spendOfPart}
FROM requests_with_task
GROUP BY feature_id, if(feature_id = '', '', task_project)`,
    }),
    costByFeatureOrder.page('parts'),
  ],
  output: {
    feature: t.string(),
    project: t.string(),
    tasks: t.uint64(),
    sessions: t.uint64(),
    ...spendTypes,
  },
});
