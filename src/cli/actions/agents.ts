/** `atel agents`: the work and the cost of each type of subagent. */
import type * as z from 'zod/mini';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { heading, emptyLines, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { readWindow } from '../shared/options.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { wrap } from '../render/text.js';
import type { agentsSchema } from '../../schemas.js';
import type { agents } from '../commands/agents.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows the work and the cost of each type of subagent. */
export async function run(options: OptionsOf<typeof agents.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const [rows, efficiency] = await Promise.all([
    desk.asker.ask('agentUsageSummary', window.params),
    desk.asker.ask('optimizationInsights', window.params),
  ]);
  const json = { window: windowJson(window), agents: rows, efficiency };
  await printAnswer<typeof agentsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Agents', window, terminal), ''];
    if (rows.length === 0) return [...head, ...(await emptyLines('subagents', window, desk))];
    const byType = new Map(efficiency.map((row) => [row.agent_type, row]));
    const both = rows.map((row) => ({ ...row, more: byType.get(row.agent_type) }));
    return [
      ...head,
      ...agentTable(both, terminal),
      '',
      ...wrap(
        'Score: 0 to 100, higher is better: cheap runs, much from the cache, few failed tool calls.',
        terminal.width,
      ).map((line) => terminal.paint.dim(line)),
    ];
  });
}

type Agents = z.infer<typeof agentsSchema>;
type Row = Agents['agents'][number] & { more: Agents['efficiency'][number] | undefined };

function agentTable(rows: readonly Row[], terminal: Terminal): string[] {
  const money = usdColumn(
    rows.flatMap((row) => [row.est_cost_usd, row.more?.avg_cost_per_invocation ?? null]),
  );
  const columns: Column<Row>[] = [
    {
      title: 'Agent',
      cell: (row) => (row.agent_type === '' ? 'of unknown type' : row.agent_type),
      shrinksTo: 12,
    },
    { title: 'Runs', align: 'right', cell: (row) => grouped(row.invocations) },
    { title: 'USD', align: 'right', cell: (row) => money(row.est_cost_usd) },
    {
      title: 'USD per run',
      align: 'right',
      cell: (row) => money(row.more?.avg_cost_per_invocation ?? null),
    },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    { title: 'Average', align: 'right', cell: (row) => duration(row.avg_duration_ms) },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 2 },
    {
      title: 'Cached',
      align: 'right',
      cell: (row) => percent(row.more?.cache_hit_rate ?? null),
      spare: 1,
    },
    {
      title: 'Tools',
      align: 'right',
      cell: (row) => (row.more === undefined ? '–' : grouped(row.more.tool_calls)),
      spare: 2,
    },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => (row.more === undefined ? '–' : grouped(row.more.tool_failures)),
      paint: (cell, row) => ((row.more?.tool_failures ?? 0) > 0 ? terminal.paint.red(cell) : cell),
    },
    {
      title: 'Score',
      align: 'right',
      cell: ({ more }) => more?.efficiency_score?.toFixed(0) ?? '–',
      paint: (cell) => terminal.paint.bold(cell),
    },
  ];
  return table(rows, columns, terminal);
}
