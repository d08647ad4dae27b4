import type * as z from 'zod/mini';
import { heading, nothing, printAnswer, windowJson, type Desk } from '../answer.js';
import { readCount, readWindow, type WindowOptions } from '../options.js';
import { duration } from '../render/durations.js';
import { usd, usdColumn } from '../render/money.js';
import { bar, change, compact, percent } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { grouped, plural, wrap } from '../render/text.js';
import type { summarySchema } from '../schemas.js';

export interface SummaryOptions extends WindowOptions {
  top?: string;
}

/** Tells how the window went: totals against the window before, cost by its parts, tools. */
export async function summary(options: SummaryOptions, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top ?? '5', 1_000);
  const [metrics, cost, tools] = await Promise.all([
    desk.asker.ask('usageSummary', window.params),
    desk.asker.ask('costByPart', window.params),
    desk.asker.ask('toolUsage', window.params),
  ]);
  const json = { window: windowJson(window), metrics, cost, tools };
  printAnswer<typeof summarySchema>(desk, options, json, () => {
    const { terminal } = desk;
    const head = heading('Summary', window, terminal);
    const valueOf = (name: string) => metrics.find(({ metric }) => metric === name)?.value ?? 0;
    if (valueOf('requests') === 0 && valueOf('tool_calls') === 0)
      return [...head, '', ...wrap(nothing('sessions', window), terminal.width)];
    return [
      ...head,
      '',
      ...metricLines(metrics, terminal),
      ...unpricedLine(valueOf('unpriced_requests'), terminal),
      ...costLines(cost, top, terminal),
      ...toolLines(tools, top, terminal),
    ];
  });
}

type Metric = z.infer<typeof summarySchema>['metrics'][number];
type Part = z.infer<typeof summarySchema>['cost'][number];
type Tool = z.infer<typeof summarySchema>['tools'][number];

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
};

function metricLines(metrics: readonly Metric[], terminal: Terminal): string[] {
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

/** Says what the costs leave out. */
export function unpricedLine(requests: number, { paint, width }: Terminal): string[] {
  if (requests === 0) return [];
  return wrap(
    `${plural(requests, 'request')} of models without a known price ${requests === 1 ? 'is' : 'are'} not in these costs.`,
    width,
  ).map((line) => paint.yellow(line));
}

const TITLES: Record<string, [one: string, many: string]> = {
  model: ['Model', 'models'],
  agent: ['Agent', 'agents'],
  skill: ['Skill', 'skills'],
  project: ['Project', 'projects'],
};

/** The four breakdowns under each other, their figures in the same columns. */
function costLines(parts: readonly Part[], top: number, terminal: Terminal): string[] {
  const money = usdColumn(parts.map(({ total_cost_usd: cost }) => cost));
  const { paint } = terminal;
  const columns: Column<Part>[] = [
    { title: 'Cost by', cell: ({ part }) => part, shrinksTo: 16 },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
    { title: 'Share', align: 'right', cell: (row) => percent(row.cost_share) },
    {
      title: '',
      cell: (row) => bar(row.cost_share, 10).padEnd(10),
      paint: (cell) => paint.cyan(cell),
      spare: 1,
    },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count) },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    { title: 'Input', align: 'right', cell: (row) => compact(row.total_input), spare: 2 },
    { title: 'Output', align: 'right', cell: (row) => compact(row.total_output), spare: 2 },
    { title: 'Cached', align: 'right', cell: (row) => compact(row.total_cache_read), spare: 2 },
    { title: 'Written', align: 'right', cell: (row) => compact(row.total_cache_creation), spare: 2 },
  ];
  const kept = Object.keys(TITLES).map((dimension) => {
    const rows = parts.filter((part) => part.dimension === dimension);
    return { dimension, rows: rows.slice(0, top), more: Math.max(0, rows.length - top) };
  });
  const [head = '', ...body] = table(
    kept.flatMap(({ rows }) => rows),
    columns,
    terminal,
    '  ',
  );
  const lines = ['', head.replace('  Cost by', 'Cost by')];
  for (const { dimension, rows, more } of kept) {
    const [one, many] = TITLES[dimension] ?? ['', ''];
    lines.push(paint.bold(one), ...body.splice(0, rows.length));
    if (more > 0) lines.push(paint.dim(`  and ${more} more ${more === 1 ? one.toLowerCase() : many}`));
  }
  return lines;
}

function toolLines(tools: readonly Tool[], top: number, terminal: Terminal): string[] {
  if (tools.length === 0) return [];
  const { paint } = terminal;
  const columns: Column<Tool>[] = [
    { title: 'Tool', cell: (row) => row.tool_name, shrinksTo: 12 },
    { title: 'Calls', align: 'right', cell: (row) => grouped(row.calls) },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => grouped(row.failures),
      paint: (cell, row) => (row.failures > 0 ? paint.red(cell) : cell),
    },
    { title: 'Rate', align: 'right', cell: (row) => percent(row.failure_rate) },
    { title: 'Retried', align: 'right', cell: (row) => grouped(row.retries) },
    { title: 'Denied', align: 'right', cell: (row) => grouped(row.denials), spare: 1 },
    { title: 'Average', align: 'right', cell: (row) => duration(row.avg_duration_ms) },
  ];
  const more = tools.length - top;
  return [
    '',
    ...table(tools.slice(0, top), columns, terminal),
    ...(more > 0 ? [paint.dim(`and ${plural(more, 'more tool', 'more tools')} (--top shows more)`)] : []),
  ];
}
