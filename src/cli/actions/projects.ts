/** `atel projects`: tokens and cost by project, as a table with a total. */
import type { projectsSchema } from '../../schemas.js';
import { table } from '../render/table.js';
import type { projects } from '../commands/projects.js';
import { emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow } from '../shared/options.js';
import { usageColumns } from '../views/usage-table.js';
import { priceNotes, unpricedLine } from './summary.js';

/** Shows what each project used and cost, most expensive first, and the total. */
export async function run(options: OptionsOf<typeof projects.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now, '30d');
  const [rows, totals] = await Promise.all([
    desk.asker.ask('costByProject', window.params),
    desk.asker.ask('costTotal', window.params),
  ]);
  const [total] = totals;
  if (total === undefined) throw new Error('The pipe cost_total always answers with one row.');
  const json = { window: windowJson(window), projects: rows, total };
  await printAnswer<typeof projectsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Usage by project', window, terminal), ''];
    if (rows.length === 0) return [...head, ...(await emptyLines('requests', window, desk))];
    const parts = [
      ...rows.map((row) => ({ ...row, name: row.project_name, isTotal: false })),
      { ...total, name: 'Total', isTotal: true },
    ];
    return [
      ...head,
      ...table(
        parts,
        [
          {
            title: 'Project',
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
  });
}
