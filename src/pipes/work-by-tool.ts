/** The question work_by_tool: how did the work go in each of the user's own tools? */
import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, windowParams } from './parts/define.js';
import { windowStart } from './parts/window.js';
import { failureRate, workEnds, workFigures, workNodes } from './parts/work.js';

export const workByToolTypes = {
  tool_name: t.string(),
  commands: t.uint64(),
  failed_commands: t.uint64(),
  command_failure_rate: t.float64().nullable(),
  avg_command_ms: t.float64().nullable(),
  completed_tasks: t.uint64(),
  task_runs: t.uint64(),
  failed_runs: t.uint64(),
  run_failure_rate: t.float64().nullable(),
  avg_run_ms: t.float64().nullable(),
};

/**
 * How did the work go in each of the user's own tools? One row per tool that reported the end of a command or a task,
 * most used first.
 */
export const workByTool = defineQuestion('work_by_tool', {
  description:
    'How did commands and runs of tasks go in each of your own tools? One row per tool, most used first; tool_name is empty where an event names none. Durations are milliseconds; a rate leaves out what has no outcome.',
  params: windowParams,
  nodes: [
    ...workNodes(windowStart),
    node({
      name: 'by_tool',
      sql: `
SELECT
  tool AS tool_name,
  commands,
  failed_commands,
  ${failureRate('commands')} AS command_failure_rate,
  avg_command_ms,
  completed_tasks,
  task_runs,
  failed_runs,
  ${failureRate('runs')} AS run_failure_rate,
  avg_run_ms
FROM (
  SELECT
    tool,
    ${workFigures}
  FROM ${workEnds(windowStart)}
  GROUP BY tool
)
ORDER BY commands + task_runs DESC, tool_name`,
    }),
  ],
  output: workByToolTypes,
});
