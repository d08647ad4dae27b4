/** `atel prs`: what each pull request cost, and how it went. */
import type * as z from 'zod/mini';
import { compact, grouped } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usdColumn } from '../../base/format/money.js';
import type { prsSchema } from '../../schemas.js';
import type { prs } from '../commands/prs.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { wrap } from '../render/text.js';
import { clock, emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow, storeMoment } from '../shared/options.js';
import type { Usage } from '../views/usage-table.js';
import { askTotal } from './part-report.js';
import { priceNotes, unpricedLine } from './summary.js';

type Pull = z.infer<typeof prsSchema>['pull_requests'][number];

/** Shows each pull request with its state and cost, newest first, the rest, and the total. */
export async function run(options: OptionsOf<typeof prs.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now, '30d');
  const [rows, total] = await Promise.all([
    desk.asker.ask('costByPr', window.params),
    askTotal(desk, window),
  ]);
  const json = { window: windowJson(window), pull_requests: rows, total };
  await printAnswer<typeof prsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Pull requests', window, terminal), ''];
    if (rows.length === 0)
      return [...head, ...(await emptyLines('pull requests and requests', window, desk))];
    return [
      ...head,
      ...pullTable(rows, total, window.timezone, terminal),
      ...stateNote(rows, terminal),
      ...unpricedLine(total.unpriced_requests, terminal),
      ...priceNotes([total], terminal),
    ];
  });
}

function pullTable(rows: readonly Pull[], total: Usage, timezone: string, terminal: Terminal): string[] {
  const { paint } = terminal;
  const money = usdColumn([...rows, total].map(({ total_cost_usd: cost }) => cost));
  const lines: (Usage & { of: Pull | null })[] = [
    ...rows.map((row) => ({ ...row, of: row })),
    { ...total, of: null },
  ];
  const columns: Column<(typeof lines)[number]>[] = [
    {
      title: 'Pull request',
      cell: ({ of }) =>
        typeof of?.pr_number === 'number' ? `#${of.pr_number}` : (of?.pull_request ?? 'Total'),
      paint: (cell, { of }) => (of === null ? paint.bold(cell) : cell),
    },
    { title: 'Repository', cell: ({ of }) => of?.repository ?? '', shrinksTo: 14 },
    { title: 'Branch', cell: ({ of }) => of?.branch ?? '', shrinksTo: 8 },
    {
      title: 'State',
      cell: ({ of }) => (typeof of?.pr_number === 'number' ? of.state || 'unknown' : ''),
      paint: (cell, { of }) => (of?.state === 'merged' ? paint.green(cell) : cell),
    },
    {
      title: 'Opened',
      cell: ({ of }) => (typeof of?.opened_at === 'string' ? clock(storeMoment(of.opened_at), timezone) : ''),
      spare: 1,
    },
    {
      title: 'To merge',
      align: 'right',
      cell: ({ of }) => (typeof of?.cycle_ms === 'number' ? duration(of.cycle_ms) : ''),
    },
    {
      title: 'Sessions',
      align: 'right',
      cell: ({ of }) => (typeof of?.sessions === 'number' ? grouped(of.sessions) : ''),
      spare: 2,
    },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 4 },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens), spare: 3 },
    {
      title: 'USD',
      align: 'right',
      cell: (row) => (row.request_count === 0 ? '–' : money(row.total_cost_usd)),
    },
  ];
  return table(lines, columns, terminal);
}

/** Says how to learn the states that are unknown. */
function stateNote(rows: readonly Pull[], { paint, width }: Terminal): string[] {
  if (rows.every(({ state, pr_number: number }) => state !== '' || number === null)) return [];
  return wrap('atel import prs reads states that are unknown here.', width).map((line) => paint.dim(line));
}
