/** The question cost_by_task: what did each task cost? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { pageOrder } from './parts/page-order.js';
import { UNATTRIBUTED } from './parts/task-runs.js';
import { requestsOfTasks } from './parts/task-usage.js';

/** The order of the rows. */
export const costByTaskOrder = pageOrder(
  ['task', 'attributed_first'],
  ['total_cost_usd', 'most_expensive'],
  ['task', 'text'],
  ['project', 'text'],
);

/**
 * What did each task cost? A request belongs to the task that alone was open in its session (parts/task-usage.ts has the
 * rule), else to the row `unattributed`.
 */
export const costByTask = defineQuestion('cost_by_task', {
  description:
    'What did each task of your own tools cost, most expensive first? A request belongs to the one task that was open in its session at its time, else to the row `unattributed`. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...costByTaskOrder.params },
  nodes: [
    ...requestsOfTasks(),
    node({
      name: 'parts',
      sql: `
SELECT
  if(task_id = '', '${UNATTRIBUTED}', task_id) AS task,
  task_project AS project,
  any(feature_id) AS feature,
  uniqExactIf(session_id, session_id != '') AS sessions,
  ${spendOfPart}
FROM requests_with_task
GROUP BY task_id, task_project`,
    }),
    costByTaskOrder.page('parts'),
  ],
  output: {
    task: t.string(),
    project: t.string(),
    feature: t.string(),
    sessions: t.uint64(),
    ...spendTypes,
  },
});
