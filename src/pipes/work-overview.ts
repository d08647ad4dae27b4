/** The question work_overview: how the work of the user's own tools went, in one answer. */
import { node } from '@tinybirdco/sdk';
import { comparedFiguresWith, figureTypes } from './parts/compared-figures.js';
import { defineQuestion, windowParams } from './parts/define.js';
import { groupKey } from './parts/group-key.js';
import { listIf, listOf } from './parts/list-of.js';
import { windowBeforeStart, windowStart } from './parts/window.js';
import { failureRate, workEnds, workFigures, workNodes } from './parts/work.js';
import { workByToolTypes } from './work-by-tool.js';
import { workSummaryFigures } from './work-summary.js';

/** The columns that the figures are made of. */
const counted = [
  'completed_tasks',
  'task_runs',
  'successful_runs',
  'failed_runs',
  'avg_run_ms',
  'commands',
  'successful_commands',
  'failed_commands',
  'avg_command_ms',
];

const group = groupKey({ is_before: 'is_in_before', is_tool: 'part_of.1', tool_name: 'part_of.2' });

/**
 * How did the work of the user's own tools go: what work_summary and work_by_tool answer, in one row of lists. It reads
 * the events once.
 */
export const workOverview = defineQuestion('work_overview', {
  description:
    'How did tasks and commands of your own tools go? One row with the rows of work_summary (metrics) and work_by_tool (tools) as lists.',
  params: windowParams,
  nodes: [
    ...workNodes(windowBeforeStart),
    node({
      name: 'by_tool',
      description: 'The work of each tool, and of each window as a whole',
      sql: `
SELECT
  ${group.columns},
  ${workFigures},
  ${failureRate('commands')} AS command_failure_rate,
  ${failureRate('runs')} AS run_failure_rate
FROM (
  SELECT *, ${group.made}
  FROM (
    SELECT *, ended_at < ${windowStart} AS is_in_before
    FROM ${workEnds(windowBeforeStart)}
  )
  ARRAY JOIN if(is_in_before, [(0, '')], [(0, ''), (1, tool)]) AS part_of
)
GROUP BY ${group.name}
ORDER BY is_before, commands + task_runs DESC, tool_name`,
    }),
    node({
      name: 'windows',
      sql: `
SELECT
  is_before,
  tool_rows,
  ${counted.map((name, place) => `whole.${place + 1} AS ${name}`).join(',\n  ')}
FROM (
  SELECT
    is_before,
    ${listIf(workByToolTypes, 'is_tool')} AS tool_rows,
    anyIf((${counted.join(', ')}), NOT is_tool) AS whole
  FROM by_tool
  GROUP BY is_before
)`,
    }),
    ...comparedFiguresWith({ tools: 'tool_rows' }, workSummaryFigures, ['windows']),
  ],
  output: {
    metrics: listOf(figureTypes),
    tools: listOf(workByToolTypes),
  },
});
