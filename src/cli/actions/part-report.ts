/** The reports by model and by project: a row per part, most expensive first, and the total. */
import { table } from '../render/table.js';
import type { Terminal } from '../render/terminal.js';
import { emptyLines, heading, type Desk } from '../shared/answer.js';
import type { AskedWindow } from '../shared/options.js';
import { usageColumns, type Usage } from '../views/usage-table.js';
import { priceNotes, unpricedLine } from './summary.js';

/** What was used and spent in the window. */
export async function askTotal({ asker }: Desk, window: AskedWindow): Promise<Usage> {
  const [total] = await asker.ask('costTotal', window.params);
  if (total === undefined) throw new Error('The pipe cost_total always answers with one row.');
  return total;
}

/** The lines of a report. `part` is the heading of the column of names. */
export async function partLines<Row extends Usage>(
  part: string,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  total: Usage,
  window: AskedWindow,
  desk: Desk,
): Promise<string[]> {
  const head = [...heading(`Usage by ${part.toLowerCase()}`, window, desk.terminal), ''];
  if (rows.length === 0) return [...head, ...(await emptyLines('requests', window, desk))];
  return [...head, ...partTable(part, rows, nameOf, total, desk.terminal)];
}

/** The table of the parts and the total, and what is not priced. `part` is the heading of the column of names. */
export function partTable<Row extends Usage>(
  part: string,
  rows: readonly Row[],
  nameOf: (row: Row) => string,
  total: Usage,
  terminal: Terminal,
): string[] {
  const parts = [
    ...rows.map((row) => ({ ...row, name: nameOf(row), isTotal: false })),
    { ...total, name: 'Total', isTotal: true },
  ];
  return [
    ...table(
      parts,
      [
        {
          title: part,
          cell: ({ name }) => name,
          shrinksTo: 14,
          paint: (cell, { isTotal }) => (isTotal ? terminal.paint.bold(cell) : cell),
        },
        ...usageColumns(parts),
      ],
      terminal,
    ),
    ...unpricedLine(total.unpriced_requests, terminal),
    ...priceNotes([total], terminal),
  ];
}
