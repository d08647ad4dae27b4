/** `atel tasks`: how long tasks took, and why. */
import type * as z from 'zod/mini';
import { compact, grouped, plural } from '../../base/format/counts.js';
import { duration } from '../../base/format/durations.js';
import { usd, usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import { heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { metricLines, type Metric, type ShownMetrics } from '../views/metric-lines.js';
import { noTasks, TASK_EXAMPLE } from '../views/no-tasks.js';
import { usageColumns, type Usage } from '../views/usage-table.js';
import { readWindow } from '../shared/options.js';
import { known } from '../render/numbers.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain, wrap } from '../render/text.js';
import type { tasksSchema } from '../../schemas.js';
import { unpricedLine } from './summary.js';
import type { tasks } from '../commands/tasks.js';
import type { OptionsOf } from '../shared/command.js';

/**
 * Shows how long tasks took compared with the previous period, which phase explains the change, and the usage of each
 * phase.
 */
export async function run(options: OptionsOf<typeof tasks.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const [metrics, phases, usage, cost, features] = await Promise.all([
    desk.asker.ask('taskSummary', window.params),
    desk.asker.ask('taskPhases', window.params),
    desk.asker.ask('taskPhaseUsage', window.params),
    desk.asker.ask('costByTask', window.params),
    desk.asker.ask('costByFeature', window.params),
  ]);
  const answer = { window: windowJson(window), metrics, phases, phase_usage: usage, cost, features };
  await printAnswer(desk, options, answer, () => {
    const { terminal } = desk;
    const head = [...heading('Tasks', window, terminal), ''];
    const isEmpty = metrics
      .filter(({ metric }) => metric === 'runs' || metric === 'unfinished_tasks')
      .every(({ value, value_before: before }) => value === 0 && before === 0);
    if (isEmpty) return [...head, ...noTasks('tasks', TASK_EXAMPLE, window, terminal)];
    return [
      ...head,
      ...metricLines(metrics, shown, terminal),
      ...findings(metrics, phases, terminal),
      ...phaseLines(phases, terminal),
      ...usageLines(usage, terminal),
      ...costLines('Cost by task', cost, ({ task }) => task, terminal),
      ...costLines('Cost by feature', features, ({ feature }) => feature, terminal),
    ];
  });
}

type Phase = z.infer<typeof tasksSchema>['phases'][number];
type PhaseUsage = z.infer<typeof tasksSchema>['phase_usage'][number];

const shown: ShownMetrics = {
  tasks: { title: 'Tasks', show: grouped },
  completed_tasks: { title: '  completed', show: grouped, more: 'good' },
  unfinished_tasks: { title: '  begun, not ended', show: grouped },
  runs: { title: 'Runs', show: grouped },
  failures: { title: '  failed', show: grouped, more: 'bad' },
  failure_rate: { title: '  failure rate', show: percent, more: 'bad' },
  avg_run_ms: { title: 'Average time', show: duration, more: 'bad' },
  context_tokens_per_task: { title: 'Context of a task', show: compact, more: 'bad' },
  tokens_per_completed_task: { title: 'Tokens of a completed task', show: compact, more: 'bad' },
  cost_usd_per_completed_task: { title: 'Cost of a completed task', show: usd, more: 'bad' },
};

/** A smaller change of the average is not reported: both values would look the same. */
const NOTICEABLE = 0.005;

const UNATTRIBUTED = 'unattributed';

/** The answer in sentences: how the average changed, why, and which phase takes most of the time. */
function findings(metrics: readonly Metric[], phases: readonly Phase[], terminal: Terminal): string[] {
  const average = metrics.find(({ metric }) => metric === 'avg_run_ms');
  const longest = phases.find(({ is_bottleneck: is }) => is === 1);
  const behind = phases
    .filter(({ change_share: share }) => share !== null && share > 0)
    .sort((a, b) => (b.change_share ?? 0) - (a.change_share ?? 0))[0];
  const sentences: string[] = [];
  const change = average?.change ?? 0;
  if (average !== undefined && Math.abs(change) >= NOTICEABLE) {
    const rose = change > 0;
    sentences.push(
      `The average time ${rose ? 'rose' : 'fell'} from ${duration(average.value_before)} to ${duration(average.value)}.`,
    );
    if (behind !== undefined)
      sentences.push(
        `${nameOf(behind)} is behind ${percent(behind.change_share)} of the ${rose ? 'increase' : 'decrease'}.`,
      );
  }
  if (longest !== undefined)
    sentences.push(`Bottleneck: ${nameOf(longest)}, ${percent(longest.time_share)} of the time.`);
  return sentences.length === 0 ? [] : ['', ...wrap(sentences.join(' '), terminal.width)];
}

function nameOf({ phase }: Phase): string {
  return phase === UNATTRIBUTED ? 'Time outside of any phase' : plain(phase);
}

function phaseLines(phases: readonly Phase[], terminal: Terminal): string[] {
  if (phases.length === 0) return [];
  const { paint } = terminal;
  const columns: Column<Phase>[] = [
    {
      title: 'Phase',
      cell: ({ phase }) => phase,
      shrinksTo: 12,
      paint: (cell, { is_bottleneck: is }) => (is === 1 ? paint.bold(cell) : cell),
    },
    { title: 'Average', align: 'right', cell: (row) => known(row.avg_ms, signed) },
    { title: 'Before', align: 'right', cell: (row) => known(row.avg_ms_before, signed) },
    { title: 'Change', align: 'right', cell: (row) => known(row.change_ms, changed) },
    { title: 'Of the time', align: 'right', cell: (row) => known(row.time_share, percent) },
    { title: 'Of the change', align: 'right', cell: (row) => known(row.change_share, percent) },
    { title: 'Runs', align: 'right', cell: (row) => grouped(row.runs), spare: 1 },
  ];
  return ['', ...table(phases, columns, terminal)];
}

/** Empty if no request has a known phase: then the figures of the tasks say everything. */
function usageLines(usage: readonly PhaseUsage[], terminal: Terminal): string[] {
  if (usage.every(({ phase }) => phase === UNATTRIBUTED)) return [];
  const money = usdColumn(usage.map(({ total_cost_usd: cost }) => cost));
  const moneyEach = usdColumn(usage.map(({ cost_usd_per_completed_task: cost }) => cost));
  const columns: Column<PhaseUsage>[] = [
    { title: 'Used by phase', cell: ({ phase }) => phase, shrinksTo: 13 },
    { title: 'Tasks', align: 'right', cell: (row) => grouped(row.tasks), spare: 2 },
    { title: 'Requests', align: 'right', cell: (row) => grouped(row.request_count), spare: 1 },
    { title: 'Tokens', align: 'right', cell: (row) => compact(row.total_tokens) },
    { title: 'Share', align: 'right', cell: (row) => known(row.token_share, percent) },
    { title: 'USD', align: 'right', cell: (row) => money(row.total_cost_usd) },
    { title: 'Tokens each', align: 'right', cell: (row) => known(row.tokens_per_completed_task, compact) },
    {
      title: 'USD each',
      align: 'right',
      cell: (row) =>
        row.tokens_per_completed_task === null ? '–' : moneyEach(row.cost_usd_per_completed_task),
    },
  ];
  return [
    '',
    ...table(usage, columns, terminal),
    ...wrap('each: mean of the completed tasks', terminal.width).map(terminal.paint.dim),
    ...unpricedLine(
      usage.reduce((sum, { unpriced_requests: requests }) => sum + requests, 0),
      terminal,
    ),
  ];
}

/** How many tasks or features are shown; the JSON has all. */
const MOST_SHOWN = 10;

/** What each task or feature cost, and the rest; empty if no request is known to belong to one. */
function costLines<Row extends Usage>(
  title: string,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  terminal: Terminal,
): string[] {
  const owners = rows.filter((row) => nameOf(row) !== UNATTRIBUTED);
  if (owners.length === 0) return [];
  const shown = [...owners.slice(0, MOST_SHOWN), ...rows.filter((row) => nameOf(row) === UNATTRIBUTED)];
  const hidden = owners.length - MOST_SHOWN;
  return [
    '',
    ...table(shown, [{ title, cell: nameOf, shrinksTo: 14 }, ...usageColumns(shown)], terminal),
    ...(hidden > 0 ? [terminal.paint.dim(`and ${plural(hidden, 'more', 'more')} (--json)`)] : []),
  ];
}

/** A duration that may be negative, because overlapping phases are longer than the run. */
function signed(ms: number): string {
  return ms < 0 ? `-${duration(-ms)}` : duration(ms);
}

function changed(ms: number): string {
  return ms > 0 ? `+${duration(ms)}` : signed(ms);
}
