/** `atel summary`: totals, cost and tools of the requested window. */
import { priceNotes as notesOfPrices } from '../../api/price-notes.js';
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { heading, emptyLines, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { metricLines, type ShownMetrics } from '../views/metric-lines.js';
import { readCount, readWindow } from '../shared/options.js';
import { breakdown } from '../render/breakdown.js';
import { bar } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { wrap } from '../render/text.js';
import type { summarySchema } from '../../schemas.js';
import { hasWork, shownWork, workToolLines } from '../views/work-lines.js';
import type { summary } from '../commands/summary.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows a summary of the requested window: totals compared with the previous window, cost breakdowns, tools. */
export async function run(options: OptionsOf<typeof summary.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top, 1_000);
  const { asker } = desk;
  const { params } = window;
  const [[usage], [ofOwnTools]] = await Promise.all([
    asker.ask('usageOverview', params),
    asker.ask('workOverview', params),
  ]);
  const { metrics = [], parts: cost = [], tools = [] } = usage ?? {};
  const isWorkKnown = hasWork(ofOwnTools?.metrics ?? []);
  const { metrics: work = [], tools: workByTool = [] } = isWorkKnown ? (ofOwnTools ?? {}) : {};
  const json = { window: windowJson(window), metrics, cost, tools, work, work_by_tool: workByTool };
  await printAnswer<typeof summarySchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = heading('Summary', window, terminal);
    const valueOf = (name: string) => metrics.find(({ metric }) => metric === name)?.value ?? 0;
    if (valueOf('requests') === 0 && valueOf('tool_calls') === 0 && !isWorkKnown)
      return [...head, '', ...(await emptyLines('sessions', window, desk))];
    return [
      ...head,
      '',
      ...metricLines([...metrics, ...work], isWorkKnown ? { ...shown, ...shownWork } : shown, terminal),
      ...unpricedLine(valueOf('unpriced_requests'), terminal),
      ...priceNotes(
        cost.filter(({ dimension }) => dimension === 'model'),
        terminal,
      ),
      ...costLines(cost, top, terminal),
      ...toolLines(tools, top, terminal),
      ...workToolLines(workByTool, top, terminal),
    ];
  });
}

type Part = Omit<z.infer<typeof summarySchema>['cost'][number], 'dimension'> & { dimension: string };
type Tool = z.infer<typeof summarySchema>['tools'][number];

const shown: ShownMetrics = {
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

/** Says what is missing from the costs. */
export function unpricedLine(requests: number, { paint, width }: Terminal): string[] {
  if (requests === 0) return [];
  return wrap(
    `${plural(requests, 'request')} of models without a known price ${requests === 1 ? 'is' : 'are'} not in these costs.`,
    width,
  ).map((line) => paint.yellow(line));
}

/** What the client reported for requests without a price, and how many prices are learnt. */
export function priceNotes(parts: Parameters<typeof notesOfPrices>[0], { paint, width }: Terminal): string[] {
  const { reported, learnt } = notesOfPrices(parts);
  return [
    ...(reported === null ? [] : wrap(reported, width).map((line) => paint.yellow(line))),
    ...(learnt === null ? [] : wrap(learnt, width).map((line) => paint.cyan(line))),
  ];
}

const TITLES = {
  model: ['Model', 'model', 'models'],
  agent: ['Agent', 'agent', 'agents'],
  skill: ['Skill', 'skill', 'skills'],
  project: ['Project', 'project', 'projects'],
} as const;

/** The four breakdowns below one another, with aligned figures. */
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
  return parts.length === 0 ? [] : ['', ...breakdown(parts, TITLES, columns, top, terminal)];
}

/** The tools of Claude Code, and how often they failed. */
export function toolLines(tools: readonly Tool[], top: number, terminal: Terminal): string[] {
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
