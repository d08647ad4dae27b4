/** `atel outcomes`: what became of the work that was paid for. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import type { outcomesSchema } from '../../schemas.js';
import type { outcomes } from '../commands/outcomes.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { hanging, plain, wrap } from '../render/text.js';
import { emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow, UsageError } from '../shared/options.js';
import { priceNotes, unpricedLine } from './summary.js';

type Answer = Omit<z.infer<typeof outcomesSchema>, 'window' | 'explain'>;
type Outcome = Answer['outcomes'][number];
type Total = NonNullable<Answer['total']>;

/** Shows what became of the requests of the window, and the figures of what was delivered. */
export async function run(options: OptionsOf<typeof outcomes.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now, '30d');
  const { branch } = options;
  if (branch === '') throw new UsageError('--branch takes the name of a git branch, not ""');
  const params = { ...window.params, ...(branch !== undefined && { branch }) };
  const [rows, [delivery], checks, [total = null], efficiency] = await Promise.all([
    desk.asker.ask('outcomes', params),
    desk.asker.ask('delivery', params),
    desk.asker.ask('qualityRuns', params),
    desk.asker.ask('usageBreakdown', params),
    // Neither tool calls nor tasks have a branch.
    branch === undefined ? desk.asker.ask('efficiency', params) : [],
  ]);
  if (delivery === undefined) throw new Error('The pipe delivery always answers with one row.');
  const answer: Answer = { branch: branch ?? null, outcomes: rows, delivery, efficiency, checks, total };
  const json = { window: windowJson(window), ...answer };
  await printAnswer<typeof outcomesSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const title = branch === undefined ? 'Outcomes' : `Outcomes of ${plain(branch)}`;
    const head = [...heading(title, window, terminal), ''];
    if (total === null) return [...head, ...(await emptyLines('requests', window, desk))];
    return [
      ...head,
      ...outcomeTable(rows, total, terminal),
      ...unpricedLine(total.unpriced_requests, terminal),
      ...priceNotes([total], terminal),
      '',
      ...figureLines(answer, terminal),
      ...notes(answer, terminal),
    ];
  });
}

const TITLES: Record<Outcome['outcome'], string> = {
  merged_pr: 'Merged pull requests',
  open_pr: 'Open pull requests',
  closed_pr: 'Closed without a merge',
  unknown_pr: 'Pull requests, state unknown',
  commit: 'Commits without one',
  reverted: 'Reverted',
  unattributed: 'Unattributed',
};

function outcomeTable(rows: readonly Outcome[], total: Total, terminal: Terminal): string[] {
  const { paint } = terminal;
  const money = usdColumn([...rows, total].map(({ total_cost_usd: cost }) => cost));
  const lines = [
    ...rows.map((row) => ({ ...row, title: TITLES[row.outcome], isTotal: false })),
    { ...total, title: 'Total', isTotal: true, outcome: null, pull_requests: null, commits: null },
  ];
  const count = (known: number | null) => (known === null || known === 0 ? '' : grouped(known));
  const columns: Column<(typeof lines)[number]>[] = [
    {
      title: 'Outcome',
      cell: ({ title }) => title,
      paint: (cell, { isTotal, outcome }) =>
        isTotal ? paint.bold(cell) : outcome === 'reverted' ? paint.red(cell) : cell,
    },
    { title: 'PRs', align: 'right', cell: ({ pull_requests: pulls }) => count(pulls) },
    { title: 'Commits', align: 'right', cell: ({ commits }) => count(commits) },
    { title: 'Sessions', align: 'right', cell: ({ sessions }) => count(sessions), spare: 2 },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 3 },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens), spare: 1 },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
    { title: 'Share', align: 'right', cell: (row) => percent(row.cost_share) },
  ];
  return table(lines, columns, terminal);
}

const LABEL = 26;

/** One line per figure, with what it is made of. */
function figureLines({ delivery, efficiency: [tasks], checks }: Answer, { width }: Terminal): string[] {
  const of = delivery;
  const counted = (count: number, what: string) => (count === 0 ? [] : [`${grouped(count)} ${what}`]);
  const each = (cost: number | null, count: number, what: string) =>
    count === 0
      ? 'unknown: no request belongs to one'
      : cost === null
        ? `unknown: none of their requests has a known price (${plural(count, what)})`
        : `${usd(cost)} USD (${plural(count, what)})`;
  const lines =
    of.lines_added === null ? [] : [`+${grouped(of.lines_added)} −${grouped(of.lines_removed ?? 0)} lines`];
  const sum = (name: 'passed' | 'failed' | 'unknown') => checks.reduce((all, row) => all + row[name], 0);
  const figures: [label: string, parts: string[]][] = [
    [
      'Commits',
      [
        grouped(of.commits),
        ...counted(of.reverted_commits, `later reverted (${percent(of.revert_rate)})`),
        ...counted(of.reverts, of.reverts === 1 ? 'itself a revert' : 'themselves reverts'),
        ...lines,
      ],
    ],
    [
      'Pull requests',
      [
        ...counted(of.pull_requests_opened, 'opened'),
        ...counted(of.pull_requests_merged, 'merged'),
        ...counted(of.pull_requests_closed, 'closed without a merge'),
        ...counted(of.pull_requests_reopened, 'opened again'),
        ...counted(of.pull_requests_open, 'still open'),
        ...counted(of.pull_requests_unknown, 'of unknown state'),
      ],
    ],
    [
      'From opening to merge',
      of.median_cycle_ms === null
        ? []
        : [`${duration(of.median_cycle_ms)} (median)`, `${duration(of.longest_cycle_ms)} at most`],
    ],
    ['Cost of a merged PR', [each(of.cost_per_merged_pr_usd, of.merged_with_cost, 'pull request')]],
    ['Cost of a commit', [each(of.cost_per_commit_usd, of.commits_with_cost, 'commit')]],
    ...(tasks === undefined || tasks.completed_tasks === 0
      ? []
      : ([
          [
            'Cost of a completed task',
            [each(tasks.cost_usd_per_completed_task, tasks.completed_tasks, 'task')],
          ],
        ] satisfies [string, string[]][])),
    [
      'Checks',
      [
        ...counted(sum('passed'), 'passed'),
        ...counted(sum('failed'), 'failed'),
        ...counted(sum('unknown'), 'unknown'),
      ],
    ],
    ...(tasks === undefined || tasks.tool_calls === 0
      ? []
      : ([
          ['Tool calls tried again', [`${grouped(tasks.retries)} of ${plural(tasks.tool_calls, 'call')}`]],
        ] satisfies [string, string[]][])),
  ];
  return figures.flatMap(([label, parts]) =>
    hanging(label.padEnd(LABEL), parts.length === 0 ? 'none' : parts.join(', '), width),
  );
}

/** How to learn what is unknown. */
function notes({ delivery, outcomes: rows }: Answer, { paint, width }: Terminal): string[] {
  const hasRest = rows.some(({ outcome }) => outcome === 'unattributed');
  const said = [
    ...(hasRest
      ? ['Unattributed: no commit of the session in the week after it, and no pull request of its branch.']
      : []),
    ...(delivery.pull_requests_unknown > 0 ? ['atel import prs reads states that are unknown here.'] : []),
  ];
  return said.length === 0
    ? []
    : ['', ...said.flatMap((note) => wrap(note, width).map((line) => paint.dim(line)))];
}
