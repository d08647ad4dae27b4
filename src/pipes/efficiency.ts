/** The question efficiency: what does a completed task cost, and how many calls are tried again? */
import { node, p, t } from '@tinybirdco/sdk';
import { partOf } from './parts/cost-breakdown.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { efficiencyGroups } from './parts/efficiency-groups.js';
import { slice, sliceParams } from './parts/slice.js';
import { completedTasks, requestsOfTasks } from './parts/task-usage.js';
import { statusBefore, toolCalls } from './parts/tool-calls.js';

const grouped = (parts: { project: string; model: string; agent: string }) => `
  {% if String(group_by, 'all') == 'all' %}
  'all'
  {% elif String(group_by) == 'project' %}
  ${parts.project}
  {% elif String(group_by) == 'model' %}
  ${parts.model}
  {% elif String(group_by) == 'agent' %}
  ${parts.agent}
  {% else %}
  {{ error('group_by takes ${efficiencyGroups.join(', ')}') }}
  {% end %}`;

/** The part of a tool call: its columns are plain text. */
const partOfCall = grouped({
  project: partOf.project,
  model: `if(model = '', 'unattributed', model)`,
  agent: `multiIf(agent_type != '', agent_type, agent_id = '', 'main', 'unattributed')`,
});

/**
 * What does a completed task cost, and how many calls are tried again? One row per part.
 *
 * A task is completed if a run of it succeeded in the window; its cost is that of all its requests in the window, those of
 * failed runs too, as in task_summary. In a row, it counts with its requests of that part.
 */
export const efficiency = defineQuestion('efficiency', {
  description:
    'What does a completed task cost, and how many tool calls are tried again? One row per part of group_by, the most expensive first. completed_tasks: tasks with a successful run in the window and requests of the part; their requests, those of failed runs too, are in cost_usd_per_completed_task. A retry is a call of the same tool by the same thread, within the same prompt, right after its own failure. List prices.',
  params: {
    ...windowParams,
    group_by: p
      .string()
      .optional('all')
      .describe(`The parts: ${efficiencyGroups.join(', ')} (one row).`),
    ...sliceParams,
  },
  nodes: [
    ...requestsOfTasks(),
    toolCalls(),
    completedTasks,
    node({
      name: 'spent',
      sql: `
SELECT
  part,
  count() AS requests_of_part,
  sum(tokens_of_request) AS tokens_of_part,
  sumOrNull(cost_of_request) AS cost_of_part,
  countIf(cost_of_request IS NULL) AS unpriced_of_part,
  uniqExactIf((task_project, task), is_completed) AS tasks_of_part,
  sumOrNullIf(tokens_of_request, is_completed) AS completed_tokens,
  sumOrNullIf(cost_of_request, is_completed) AS completed_cost
FROM (
  SELECT
    ${grouped(partOf)} AS part,
    total_tokens AS tokens_of_request,
    cost_usd AS cost_of_request,
    task_id AS task,
    task_project,
    task_id != '' AND (task_project, task_id) IN (SELECT project, task_id FROM completed) AS is_completed
  FROM requests_with_task
)
GROUP BY part`,
    }),
    node({
      name: 'called',
      sql: `
SELECT
  part,
  count() AS calls_of_part,
  countIf(status = 'success') AS successes_of_part,
  countIf(status_before = 'failure') AS retries_of_part
FROM (
  SELECT
    ${partOfCall} AS part,
    status,
    ${statusBefore} AS status_before
  FROM tool_calls
)
GROUP BY part`,
    }),
    node({
      name: 'answer',
      sql: `
SELECT
  part,
  requests_of_part AS request_count,
  tokens_of_part AS total_tokens,
  cost_of_part AS total_cost_usd,
  unpriced_of_part AS unpriced_requests,
  tasks_of_part AS completed_tasks,
  completed_tokens / nullIf(tasks_of_part, 0) AS tokens_per_completed_task,
  completed_cost / nullIf(tasks_of_part, 0) AS cost_usd_per_completed_task,
  calls_of_part AS tool_calls,
  successes_of_part AS successful_calls,
  retries_of_part AS retries,
  retries_of_part / nullIf(successes_of_part, 0) AS retries_per_successful_call
FROM spent
FULL OUTER JOIN called USING (part)
ORDER BY total_cost_usd DESC NULLS LAST, tool_calls DESC, part${slice}`,
    }),
  ],
  output: {
    part: t.string(),
    request_count: t.uint64(),
    total_tokens: t.uint64(),
    total_cost_usd: t.float64().nullable(),
    unpriced_requests: t.uint64(),
    completed_tasks: t.uint64(),
    tokens_per_completed_task: t.float64().nullable(),
    cost_usd_per_completed_task: t.float64().nullable(),
    tool_calls: t.uint64(),
    successful_calls: t.uint64(),
    retries: t.uint64(),
    retries_per_successful_call: t.float64().nullable(),
  },
});
