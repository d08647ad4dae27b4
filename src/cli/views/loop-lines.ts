/** Where sessions went round in circles, and which model fails with which tool, as tables. */
import type * as z from 'zod/mini';
import { grouped, plural } from '../../base/format/counts.js';
import { usdColumn } from '../../base/format/money.js';
import { percent } from '../../base/format/shares.js';
import type { failuresSchema } from '../../schemas.js';
import { table, type Column } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { clock } from '../shared/answer.js';
import { storeMoment } from '../shared/options.js';
import { shortModels } from './usage-table.js';

type Failures = z.infer<typeof failuresSchema>;
type Loop = Failures['loops'][number];
type Cell = Failures['matrix'][number];

/** The loops, newest first; nothing without any. */
export function loopLines(
  loops: readonly Loop[],
  top: number,
  timezone: string,
  terminal: Terminal,
): string[] {
  if (loops.length === 0) return [];
  const { paint } = terminal;
  const money = usdColumn(loops.map(({ cost_usd: cost }) => cost));
  const columns: Column<Loop>[] = [
    { title: 'Loop', cell: whatOf, shrinksTo: 20 },
    { title: 'Failed', align: 'right', cell: ({ times }) => `${grouped(times)} ×` },
    { title: 'Session', cell: ({ session_id: id }) => id.slice(0, 8) || 'unknown' },
    { title: 'Began', cell: ({ first_at: at }) => clock(storeMoment(at), timezone), spare: 1 },
    {
      title: 'Then',
      cell: ({ is_resolved: isResolved }) => (isResolved === 1 ? 'succeeded' : 'no success'),
      paint: (cell, { is_resolved: isResolved }) => (isResolved === 1 ? cell : paint.red(cell)),
    },
    {
      title: 'USD',
      align: 'right',
      cell: ({ request_count: count, cost_usd: cost }) => (count === 0 ? '–' : money(cost)),
    },
  ];
  return [
    '',
    ...table(loops.slice(0, top), columns, terminal),
    ...more(loops.length - top, 'loop', terminal),
  ];
}

/** `Bash: exit_1`, `test after edits (reviewer)`. */
function whatOf({ kind, tool_name: tool, error_class: failure, check, agent_type: agent }: Loop): string {
  const what = kind === 'edit_fail' ? `${check} after edits` : `${tool}: ${failure || 'unknown'}`;
  return agent === '' ? what : `${what} (${agent})`;
}

/** The failures of each tool by model and class, most first; nothing without any. */
export function matrixLines(matrix: readonly Cell[], top: number, terminal: Terminal): string[] {
  const failed = matrix.filter(({ failures }) => failures > 0);
  if (failed.length === 0) return [];
  const short = shortModels(failed.map(({ model }) => model));
  const columns: Column<Cell>[] = [
    { title: 'Tool', cell: ({ tool_name: tool }) => tool, shrinksTo: 12 },
    { title: 'Model', cell: ({ model }) => short(model), shrinksTo: 10 },
    { title: 'Failure', cell: ({ error_class: failure }) => failure, shrinksTo: 10 },
    {
      title: 'Failed',
      align: 'right',
      cell: ({ failures }) => grouped(failures),
      paint: terminal.paint.red,
    },
    { title: 'Of', align: 'right', cell: ({ calls }) => grouped(calls) },
    { title: 'Rate', align: 'right', cell: ({ failure_rate: rate }) => percent(rate) },
    { title: 'Sessions', align: 'right', cell: ({ failed_sessions: count }) => grouped(count), spare: 1 },
  ];
  return [
    '',
    ...table(failed.slice(0, top), columns, terminal),
    ...more(failed.length - top, 'row', terminal),
  ];
}

function more(count: number, what: string, { paint }: Terminal): string[] {
  return count > 0 ? [paint.dim(`and ${plural(count, `more ${what}`)} (--top shows more)`)] : [];
}
