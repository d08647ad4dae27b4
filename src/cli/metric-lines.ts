import type * as z from 'zod/mini';
import { duration } from './render/durations.js';
import { usd } from './render/money.js';
import { change, compact, percent } from './render/numbers.js';
import { table, type Column } from './render/table.js';
import type { Terminal } from './render/terminal.js';
import { grouped } from './render/text.js';
import type { metricSchema } from './schemas.js';

type Metric = z.infer<typeof metricSchema>;

/** How each metric is shown, and whether more of it is good news. */
const shown: Record<string, { title: string; show: (value: number) => string; more?: 'good' | 'bad' }> = {
  cost_usd: { title: 'Cost (list price)', show: usd, more: 'bad' },
  cost_usd_per_session: { title: '  per session', show: usd, more: 'bad' },
  sessions: { title: 'Sessions', show: grouped },
  sessions_per_day: { title: '  per day', show: (value) => value.toFixed(1) },
  avg_session_ms: { title: '  average duration', show: duration },
  prompts: { title: 'Prompts', show: grouped },
  requests: { title: 'API requests', show: grouped },
  total_tokens: { title: 'Tokens', show: compact },
  cache_hit_rate: { title: '  cache hit rate', show: percent, more: 'good' },
  agent_runs: { title: 'Agent runs', show: grouped },
  avg_agent_ms: { title: '  average duration', show: duration, more: 'bad' },
  skill_uses: { title: 'Skill uses', show: grouped },
  skill_success_rate: { title: '  success rate', show: percent, more: 'good' },
  tool_calls: { title: 'Tool calls', show: grouped },
  tool_failures: { title: '  failed', show: grouped, more: 'bad' },
  tool_success_rate: { title: '  success rate', show: percent, more: 'good' },
  avg_tool_ms: { title: '  average duration', show: duration, more: 'bad' },
  tasks_completed: { title: 'Tasks completed', show: grouped, more: 'good' },
  tasks_per_day: { title: '  per day', show: (value) => value.toFixed(1), more: 'good' },
  tasks_failed: { title: '  failed', show: grouped, more: 'bad' },
  task_success_rate: { title: '  success rate', show: percent, more: 'good' },
  avg_task_ms: { title: '  average duration', show: duration, more: 'bad' },
  commands: { title: 'Commands', show: grouped },
  command_failures: { title: '  failed', show: grouped, more: 'bad' },
  command_success_rate: { title: '  success rate', show: percent, more: 'good' },
  avg_command_ms: { title: '  average duration', show: duration, more: 'bad' },
};

/** Figures of a time beside those of the time before. */
export function metricLines(metrics: readonly Metric[], terminal: Terminal): string[] {
  const byName = new Map(metrics.map((metric) => [metric.metric, metric]));
  const rows = Object.entries(shown).flatMap(([name, how]) => {
    const metric = byName.get(name);
    return metric === undefined ? [] : [{ ...how, ...metric }];
  });
  const { paint } = terminal;
  const value = (figure: number | null, show: (value: number) => string) =>
    figure === null ? '–' : show(figure);
  const columns: Column<(typeof rows)[number]>[] = [
    { title: '', cell: ({ title }) => title },
    {
      title: 'this time',
      align: 'right',
      cell: (row) => value(row.value, row.show),
      paint: (cell, { title }) => (title.startsWith(' ') ? cell : paint.bold(cell)),
    },
    {
      title: 'time before',
      align: 'right',
      cell: (row) => value(row.value_before, row.show),
      paint: (cell) => paint.dim(cell),
    },
    {
      title: 'change',
      align: 'right',
      cell: (row) => change(row.change),
      paint: (cell, row) => {
        if (row.more === undefined || row.change === null || Math.abs(row.change) < 0.005) return cell;
        return row.change > 0 === (row.more === 'good') ? paint.green(cell) : paint.red(cell);
      },
    },
  ];
  return table(rows, columns, terminal);
}
