/** Shows the work of a user's own tools, whether the data comes from the store or from a log. */
import type * as z from 'zod/mini';
import { grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { percent } from '../../base/format/shares.js';
import type { ShownMetrics } from './metric-lines.js';
import { bar, known } from '../render/numbers.js';
import { sparkline } from '../render/sparkline.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import type { logSummarySchema, trendsSchema } from '../../schemas.js';

type Summary = z.infer<typeof logSummarySchema>;
type ByTool = Summary['work_by_tool'][number];
type PeriodRow = z.infer<typeof trendsSchema>['work'][number];

/** The line below a table with a `*` in it. */
export const PARTIAL = '* incomplete period';

/** How the figures of work_summary are shown. A run ends with `issue_complete`. */
export const shownWork: ShownMetrics = {
  completed_tasks: { title: 'Tasks completed', show: grouped, more: 'good' },
  completed_tasks_per_day: { title: '  per day', show: (value) => value.toFixed(1), more: 'good' },
  task_runs: { title: 'Task runs', show: grouped },
  failed_runs: { title: '  failed', show: grouped, more: 'bad' },
  run_success_rate: { title: '  success rate', show: percent, more: 'good' },
  avg_run_ms: { title: '  average time', show: duration, more: 'bad' },
  commands: { title: 'Commands', show: grouped },
  failed_commands: { title: '  failed', show: grouped, more: 'bad' },
  command_success_rate: { title: '  success rate', show: percent, more: 'good' },
  avg_command_ms: { title: '  average duration', show: duration, more: 'bad' },
};

/** Whether there was any work, in the requested window or the previous one. */
export function hasWork(metrics: Summary['work']): boolean {
  const counts = ['task_runs', 'commands'];
  return metrics.some(
    ({ metric, value, value_before: before }) =>
      counts.includes(metric) && ((value ?? 0) > 0 || (before ?? 0) > 0),
  );
}

/** Whether there was any work in any period. */
export function hasWorkIn(periods: readonly PeriodRow[]): boolean {
  return periods.some((row) => row.task_runs + row.commands > 0);
}

/** Commands and tasks of each tool. */
export function workToolLines(rows: readonly ByTool[], top: number, terminal: Terminal): string[] {
  if (rows.length === 0) return [];
  const { paint } = terminal;
  const failed = (count: number) => (cell: string) => (count > 0 ? paint.red(cell) : cell);
  const columns: Column<ByTool>[] = [
    { title: 'Own tool', cell: (row) => row.tool_name || 'unknown', shrinksTo: 12 },
    { title: 'Commands', align: 'right', cell: (row) => grouped(row.commands) },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => grouped(row.failed_commands),
      paint: (cell, row) => failed(row.failed_commands)(cell),
    },
    { title: 'Rate', align: 'right', cell: (row) => known(row.command_failure_rate, percent), spare: 1 },
    { title: 'Average', align: 'right', cell: (row) => known(row.avg_command_ms, duration) },
    { title: 'Runs', align: 'right', cell: (row) => grouped(row.task_runs) },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => grouped(row.failed_runs),
      paint: (cell, row) => failed(row.failed_runs)(cell),
    },
    { title: 'Rate', align: 'right', cell: (row) => known(row.run_failure_rate, percent), spare: 1 },
    { title: 'Average', align: 'right', cell: (row) => known(row.avg_run_ms, duration) },
  ];
  return ['', ...table(rows.slice(0, top), columns, terminal), ...moreTools(rows.length - top, terminal)];
}

/** How often each of Claude Code's tools was called, if nothing else is known about the calls. */
export function toolCallLines(tools: Summary['tools'], top: number, terminal: Terminal): string[] {
  if (tools.length === 0) return [];
  const columns: Column<Summary['tools'][number]>[] = [
    { title: 'Tool', cell: (row) => row.tool_name, shrinksTo: 12 },
    { title: 'Calls', align: 'right', cell: (row) => grouped(row.calls) },
  ];
  return ['', ...table(tools.slice(0, top), columns, terminal), ...moreTools(tools.length - top, terminal)];
}

function moreTools(more: number, { paint }: Terminal): string[] {
  return more > 0 ? [paint.dim(`and ${plural(more, 'more tool', 'more tools')} (--top shows more)`)] : [];
}

/** The figures as sparklines; a long series is cut to its end. */
export function workSparkLines(periods: readonly PeriodRow[], { width, paint }: Terminal): string[] {
  const shown = periods.slice(-(width - 10));
  return (
    [
      ['Tasks', (row) => row.completed_tasks],
      ['Commands', (row) => row.commands],
    ] satisfies [string, (row: PeriodRow) => number][]
  ).map(([name, of]) => name.padEnd(10) + paint.cyan(sparkline(shown.map(of))));
}

/** One row per period. */
export function workTrendLines(periods: readonly PeriodRow[], terminal: Terminal): string[] {
  const { paint } = terminal;
  const barWidth = Math.max(4, Math.min(30, terminal.width - 66));
  const columns: Column<PeriodRow>[] = [
    { title: 'From', cell: (row) => row.period_start + (row.is_partial === 1 ? ' *' : '') },
    { title: 'Tasks', align: 'right', cell: (row) => grouped(row.completed_tasks) },
    {
      title: '',
      cell: (row) => bar(row.completed_share_of_largest, barWidth).padEnd(barWidth),
      paint: (cell) => paint.cyan(cell),
    },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => grouped(row.failed_runs),
      paint: (cell, row) => (row.failed_runs > 0 ? paint.red(cell) : cell),
    },
    { title: 'Average', align: 'right', cell: (row) => known(row.avg_run_ms, duration) },
    { title: 'Commands', align: 'right', cell: (row) => grouped(row.commands) },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => grouped(row.failed_commands),
      paint: (cell, row) => (row.failed_commands > 0 ? paint.red(cell) : cell),
    },
    { title: 'Average', align: 'right', cell: (row) => known(row.avg_command_ms, duration), spare: 1 },
  ];
  return table(periods, columns, terminal);
}
