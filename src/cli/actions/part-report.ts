/** The reports by model and by project: a row per part, most expensive first, and the total. */
import { table } from '../render/table.js';
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
  const { terminal } = desk;
  const head = [...heading(`Usage by ${part.toLowerCase()}`, window, terminal), ''];
  if (rows.length === 0) return [...head, ...(await emptyLines('requests', window, desk))];
  const parts = [
    ...rows.map((row) => ({ ...row, name: nameOf(row), isTotal: false })),
    { ...total, name: 'Total', isTotal: true },
  ];
  return [
    ...head,
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
