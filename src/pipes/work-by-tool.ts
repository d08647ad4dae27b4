import { node, t } from '@tinybirdco/sdk';
import { defineQuestion, inWindow, windowParams } from './define.js';
import { commandEnds, taskEnds, taskFigures, workEnds } from './work.js';

/**
 * How did the work go in each of the user's own tools? One row a tool that told of the end of a command or a task,
 * the most used first.
 */
export const workByTool = defineQuestion('work_by_tool', {
  description:
    'How did commands and tasks go in each of your own tools? One row a tool, most used first; tool_name is empty where an event names none. Durations are milliseconds; a rate leaves out what has no outcome.',
  params: windowParams,
  nodes: [
    workEnds(inWindow),
    taskEnds('toString(tool_name) AS tool'),
    node({
      name: 'task_figures',
      sql: `
SELECT
  tool,
  ${taskFigures}
FROM tasks
GROUP BY tool`,
    }),
    commandEnds('toString(tool_name) AS tool'),
    node({
      name: 'by_tool',
      sql: `
SELECT
  tool AS tool_name,
  commands,
  command_failures,
  command_failures / nullIf(command_successes + command_failures, 0) AS command_failure_rate,
  avg_command_ms,
  tasks_completed,
  tasks_failed,
  tasks_failed / nullIf(tasks_completed + tasks_failed, 0) AS task_failure_rate,
  avg_task_ms
FROM commands
FULL OUTER JOIN task_figures USING (tool)
ORDER BY commands + tasks_completed + tasks_failed DESC, tool_name`,
    }),
  ],
  output: {
    tool_name: t.string(),
    commands: t.uint64(),
    command_failures: t.uint64(),
    command_failure_rate: t.float64().nullable(),
    avg_command_ms: t.float64().nullable(),
    tasks_completed: t.uint64(),
    tasks_failed: t.uint64(),
    task_failure_rate: t.float64().nullable(),
    avg_task_ms: t.float64().nullable(),
  },
});
