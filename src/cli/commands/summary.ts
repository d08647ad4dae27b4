import type * as z from 'zod/mini';
import { heading, nothing, printAnswer, windowJson, type Desk } from '../answer.js';
import { readCount, readWindow, type WindowOptions } from '../options.js';
import { duration } from '../render/durations.js';
import { usdColumn } from '../render/money.js';
import { bar, compact, percent } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { grouped, plural, wrap } from '../render/text.js';
import type { summarySchema } from '../schemas.js';
import { metricLines } from '../metric-lines.js';
import { hasWork, workToolLines } from '../work-lines.js';

export interface SummaryOptions extends WindowOptions {
  top?: string;
}

/** Tells how the window went: totals against the window before, cost by its parts, tools. */
export async function summary(options: SummaryOptions, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top ?? '5', 1_000);
  const [metrics, cost, tools, work, workByTool] = await Promise.all([
    desk.asker.ask('usageSummary', window.params),
    desk.asker.ask('costByPart', window.params),
    desk.asker.ask('toolUsage', window.params),
    desk.asker.ask('workSummary', window.params),
    desk.asker.ask('workByTool', window.params),
  ]);
  const json = { window: windowJson(window), metrics, cost, tools, work, work_by_tool: workByTool };
  printAnswer(desk, options, json, () => {
    const { terminal } = desk;
    const head = heading('Summary', window, terminal);
    const valueOf = (name: string) => metrics.find(({ metric }) => metric === name)?.value ?? 0;
    const isWorkKnown = hasWork(work);
    if (valueOf('requests') === 0 && valueOf('tool_calls') === 0 && !isWorkKnown)
      return [...head, '', ...wrap(nothing('sessions', window), terminal.width)];
    return [
      ...head,
      '',
      ...metricLines(isWorkKnown ? [...metrics, ...work] : metrics, terminal),
      ...unpricedLine(valueOf('unpriced_requests'), terminal),
      ...costLines(cost, top, terminal),
      ...toolLines(tools, top, terminal),
      ...workToolLines(workByTool, top, terminal),
    ];
  });
}

type Part = Omit<z.infer<typeof summarySchema>['cost'][number], 'dimension'> & { dimension: string };
type Tool = z.infer<typeof summarySchema>['tools'][number];

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
  if (parts.length === 0) return [];
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
