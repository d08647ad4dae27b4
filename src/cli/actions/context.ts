/** `atel context`: how much of the context window tasks used. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { metricLines, type ShownMetrics } from '../views/metric-lines.js';
import { noTasks, SNAPSHOT_EXAMPLE } from '../views/no-tasks.js';
import { readCount, readWindow } from '../shared/options.js';
import { known } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import type { contextSchema } from '../../schemas.js';
import { unpricedLine } from './summary.js';
import type { context } from '../commands/context.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows how much context tasks used, on average and per task. */
export async function run(options: OptionsOf<typeof context.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top, 1_000);
  const [metrics, tasks] = await Promise.all([
    desk.asker.ask('taskSummary', window.params),
    desk.asker.ask('taskContext', window.params),
  ]);
  await printAnswer(desk, options, { window: windowJson(window), metrics, tasks }, () => {
    const { terminal } = desk;
    const head = [...heading('Context', window, terminal), ''];
    if (tasks.length === 0)
      return [...head, ...noTasks('context of tasks', SNAPSHOT_EXAMPLE, window, terminal)];
    const more = tasks.length - top;
    return [
      ...head,
      ...metricLines(metrics, shown, terminal),
      '',
      ...taskLines(tasks.slice(0, top), terminal),
      ...(more > 0
        ? [terminal.paint.dim(`and ${plural(more, 'more task', 'more tasks')} (--top shows more)`)]
        : []),
      ...unpricedLine(
        tasks.reduce((sum, { unpriced_requests: requests }) => sum + requests, 0),
        terminal,
      ),
    ];
  });
}

const shown: ShownMetrics = {
  context_tokens_per_task: { title: 'Context of a task', show: compact, more: 'bad' },
  context_tool_calls_per_task: { title: '  tool calls', show: (value) => value.toFixed(1), more: 'bad' },
  completed_tasks: { title: 'Completed tasks', show: grouped, more: 'good' },
  tokens_per_completed_task: { title: '  tokens of each', show: compact, more: 'bad' },
  cost_usd_per_completed_task: { title: '  cost of each', show: usd, more: 'bad' },
};

type Task = z.infer<typeof contextSchema>['tasks'][number];

function taskLines(tasks: readonly Task[], terminal: Terminal): string[] {
  const { paint } = terminal;
  const money = usdColumn(tasks.map(({ total_cost_usd: cost }) => cost));
  const columns: Column<Task>[] = [
    { title: 'Task', cell: ({ task }) => task, shrinksTo: 12 },
    { title: 'Type', cell: ({ task_type: type }) => type, shrinksTo: 6, spare: 2 },
    {
      title: 'Outcome',
      cell: ({ outcome }) => outcome,
      paint: (cell, { outcome }) => (outcome === 'failure' ? paint.red(cell) : cell),
    },
    { title: 'Context', align: 'right', cell: (row) => known(row.estimated_tokens, compact) },
    { title: 'Calls', align: 'right', cell: (row) => known(row.tool_calls, grouped) },
    {
      title: 'Most used',
      cell: ({ breakdown }) =>
        breakdown
          .slice(0, 3)
          .map(([name, count]) => `${name} ${compact(count)}`)
          .join(', '),
      shrinksTo: 16,
      spare: 1,
    },
    { title: 'Tokens', align: 'right', cell: (row) => known(row.total_tokens, compact) },
    {
      title: 'USD',
      align: 'right',
      cell: (row) => (row.request_count === 0 ? '–' : money(row.total_cost_usd)),
    },
  ];
  return table(tasks, columns, terminal);
}
