/** `atel commits`: what each commit and each branch cost. */
import type * as z from 'zod/mini';
import { compact, grouped } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import type { commitsSchema } from '../../schemas.js';
import type { commits } from '../commands/commits.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain, wrap } from '../render/text.js';
import { clock, emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow, storeMoment } from '../shared/options.js';
import { usageColumns, type Usage } from '../views/usage-table.js';
import { askTotal } from './part-report.js';
import { priceNotes, unpricedLine } from './summary.js';

type Commit = z.infer<typeof commitsSchema>['commits'][number];
type Branch = z.infer<typeof commitsSchema>['branches'][number];

/** Shows each commit with its cost, newest first, then the branches. Both sum to the same total. */
export async function run(options: OptionsOf<typeof commits.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const [rows, branches, total] = await Promise.all([
    desk.asker.ask('costByCommit', window.params),
    desk.asker.ask('costByBranch', window.params),
    askTotal(desk, window),
  ]);
  const json = { window: windowJson(window), commits: rows, branches, total };
  await printAnswer<typeof commitsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Commits', window, terminal), ''];
    if (rows.length === 0) return [...head, ...(await emptyLines('commits or requests', window, desk))];
    return [
      ...head,
      ...commitTable(rows, total, window.timezone, terminal),
      ...emptyNote(rows, terminal),
      '',
      ...branchTable(branches, terminal),
      ...unpricedLine(total.unpriced_requests, terminal),
      ...priceNotes([total], terminal),
    ];
  });
}

/** The commits, the rest, and the total. */
function commitTable(rows: readonly Commit[], total: Usage, timezone: string, terminal: Terminal): string[] {
  const { paint } = terminal;
  const money = usdColumn([...rows, total].map(({ total_cost_usd: cost }) => cost));
  const lines: (Usage & { of: Commit | null })[] = [
    ...rows.map((row) => ({ ...row, of: row })),
    { ...total, of: null },
  ];
  const signed = (sign: string, count: number | null | undefined) =>
    count === null || count === undefined ? '' : `${sign}${grouped(count)}`;
  const columns: Column<(typeof lines)[number]>[] = [
    {
      title: 'Commit',
      cell: ({ of }) => of?.commit_hash ?? 'Total',
      paint: (cell, { of }) => (of === null ? paint.bold(cell) : cell),
    },
    {
      title: 'Made',
      cell: ({ of }) =>
        typeof of?.committed_at === 'string' ? clock(storeMoment(of.committed_at), timezone) : '',
    },
    { title: 'Branch', cell: ({ of }) => of?.branch ?? '', shrinksTo: 8 },
    { title: 'By', cell: ({ of }) => of?.agent_type ?? '', shrinksTo: 8, spare: 1 },
    { title: 'Added', align: 'right', cell: ({ of }) => signed('+', of?.lines_added), spare: 2 },
    { title: 'Removed', align: 'right', cell: ({ of }) => signed('−', of?.lines_removed), spare: 2 },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 4 },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens), spare: 3 },
    {
      title: 'USD',
      align: 'right',
      cell: (row) => (row.request_count === 0 ? '–' : money(row.total_cost_usd)),
    },
    {
      title: 'Outcome',
      cell: ({ of }) => (of === null ? '' : outcomeOf(of)),
      paint: (cell, { of }) => (of !== null && of.reverted_by !== '' ? paint.red(cell) : cell),
    },
  ];
  return table(lines, columns, terminal);
}

/** What became of a commit, or what it did to another one. */
function outcomeOf(row: Commit): string {
  if (row.reverted_by !== '') return `reverted by ${plain(row.reverted_by)}`;
  if (row.kind === 'reverted')
    return row.reverts === '' ? 'a revert' : `reverts ${plain(row.reverts).slice(0, 7)}`;
  if (row.copies.length > 0) return `also ${row.copies.map((hash) => plain(hash).slice(0, 7)).join(', ')}`;
  if (row.replaced_commits.length > 0) return `replaces ${row.replaced_commits.map(plain).join(', ')}`;
  return row.kind === 'cherry_picked' ? 'cherry-picked' : '';
}

/** Explains the sign for commits without requests, once. */
function emptyNote(rows: readonly Commit[], { paint, width }: Terminal): string[] {
  if (rows.every((row) => row.request_count > 0)) return [];
  return wrap('–: no request was made since the commit before.', width).map((line) => paint.dim(line));
}

function branchTable(branches: readonly Branch[], terminal: Terminal): string[] {
  const columns: Column<Branch>[] = [
    { title: 'Branch', cell: ({ branch }) => branch, shrinksTo: 14 },
    { title: 'Project', cell: ({ project_name: name }) => name, shrinksTo: 14, spare: 2 },
    ...usageColumns(branches),
  ];
  return table(branches, columns, terminal);
}
