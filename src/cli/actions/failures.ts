/** `atel failures`: how often tasks, commands and tool calls failed, and where sessions went round in circles. */
import type * as z from 'zod/mini';
import { grouped, plural } from '../../base/format/counts.js';
import { percent } from '../../base/format/shares.js';
import { heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import { loopLines, matrixLines } from '../views/loop-lines.js';
import { metricLines, type ShownMetrics } from '../views/metric-lines.js';
import { noTasks, TASK_EXAMPLE } from '../views/no-tasks.js';
import { readCount, readWindow } from '../shared/options.js';
import { breakdown } from '../render/breakdown.js';
import { bar } from '../render/numbers.js';
import { type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { plain, wrap } from '../render/text.js';
import type { failuresSchema } from '../../schemas.js';
import { toolLines } from './summary.js';
import type { failures } from '../commands/failures.js';
import type { OptionsOf } from '../shared/command.js';

/** Shows how often tasks, commands and tool calls failed. */
export async function run(options: OptionsOf<typeof failures.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now);
  const top = readCount('--top', options.top, 1_000);
  const [metrics, parts, tools, matrix, loops] = await Promise.all([
    desk.asker.ask('taskSummary', window.params),
    desk.asker.ask('taskFailures', window.params),
    desk.asker.ask('toolUsage', window.params),
    desk.asker.ask('reliabilityMatrix', window.params),
    desk.asker.ask('loops', window.params),
  ]);
  const json = { window: windowJson(window), metrics, parts, tools, matrix, loops };
  await printAnswer<typeof failuresSchema>(desk, options, json, () => {
    const { terminal } = desk;
    const head = [...heading('Failures', window, terminal, ''), ''];
    if (parts.length === 0 && tools.length === 0)
      return [...head, ...noTasks('tasks and no tool calls', TASK_EXAMPLE, window, terminal)];
    return [
      ...head,
      ...(parts.length === 0 ? noTasks('tasks', TASK_EXAMPLE, window, terminal) : []),
      ...(parts.length === 0 ? [] : metricLines(metrics, shown, terminal)),
      ...worstPhase(parts, terminal),
      ...partLines(parts, top, terminal),
      ...toolLines(
        [...tools].sort((a, b) => b.failures - a.failures),
        top,
        terminal,
      ),
      ...matrixLines(matrix, top, terminal),
      ...loopLines(loops, top, window.timezone, terminal),
    ];
  });
}

const shown: ShownMetrics = {
  runs: { title: 'Runs of tasks', show: grouped },
  failures: { title: '  failed', show: grouped, more: 'bad' },
  failure_rate: { title: '  failure rate', show: percent, more: 'bad' },
};

type Part = Omit<z.infer<typeof failuresSchema>['parts'][number], 'dimension'> & { dimension: string };

const TITLES = {
  tool: ['Tool of the task', 'tool', 'tools'],
  phase: ['Phase', 'phase', 'phases'],
  type: ['Type', 'type', 'types'],
  command: ['Command', 'command', 'commands'],
} as const;

/** The phase in which most runs failed, as a sentence. */
function worstPhase(parts: readonly Part[], { width }: Terminal): string[] {
  // The pipe returns the most failures first and those without a phase last.
  const [worst] = parts.filter(({ dimension, failures: failed }) => dimension === 'phase' && failed > 0);
  if (worst === undefined || worst.part === 'unattributed') return [];
  const types = worst.failed_types.map(([name, count]) => `${plain(name)} ${count}`).join(', ');
  return [
    '',
    ...wrap(
      `${grouped(worst.failures)} of ${plural(worst.runs, 'run')} failed in ${plain(worst.part)} (${types}).`,
      width,
    ),
  ];
}

/** The breakdowns below one another, with aligned figures. */
function partLines(parts: readonly Part[], top: number, terminal: Terminal): string[] {
  if (parts.length === 0) return [];
  const { paint } = terminal;
  const columns: Column<Part>[] = [
    { title: 'Failures by', cell: ({ part }) => part, shrinksTo: 14 },
    {
      title: 'Failed',
      align: 'right',
      cell: (row) => grouped(row.failures),
      paint: (cell, row) => (row.failures > 0 ? paint.red(cell) : cell),
    },
    { title: 'Of', align: 'right', cell: (row) => grouped(row.runs) },
    {
      title: 'Rate',
      align: 'right',
      cell: (row) => (row.failure_rate === null ? '–' : percent(row.failure_rate)),
    },
    {
      title: '',
      cell: (row) => bar(row.failure_rate, 10).padEnd(10),
      paint: (cell) => paint.cyan(cell),
      spare: 1,
    },
    { title: 'Among them', cell: amongThem, shrinksTo: 12 },
  ];
  return ['', ...breakdown(parts, TITLES, columns, top, terminal)];
}

/** What the failures have in common: their types for a phase, their phases for anything else. */
function amongThem({ dimension, failed_types: types, failed_phases: phases }: Part): string {
  return (dimension === 'phase' ? types : phases).map(([name, count]) => `${name} ${count}`).join(', ');
}
