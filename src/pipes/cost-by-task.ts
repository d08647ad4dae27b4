/** The question cost_by_task: what did each task cost? */
import { node, t } from '@tinybirdco/sdk';
import { spendOfPart, spendTypes } from './parts/cost-breakdown.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { slice, sliceParams } from './parts/slice.js';
import { UNATTRIBUTED } from './parts/task-runs.js';
import { requestsOfTasks } from './parts/task-usage.js';

/**
 * What did each task cost? A request belongs to the task that alone was open in its session (parts/task-usage.ts has the
 * rule), else to the row `unattributed`.
 */
export const costByTask = defineQuestion('cost_by_task', {
  description:
    'What did each task of your own tools cost, most expensive first? A request belongs to the one task that was open in its session at its time, else to the row `unattributed`. List prices; every request is in exactly one row, so the rows sum to the total.',
  params: { ...windowParams, ...sliceParams },
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
GROUP BY task_id, task_project
ORDER BY task_id = '', total_cost_usd DESC NULLS LAST, task, project${slice}`,
    }),
  ],
  output: {
    task: t.string(),
    project: t.string(),
    feature: t.string(),
    sessions: t.uint64(),
    ...spendTypes,
  },
});
