/** `atel models`: tokens and cost by model, as a table with a total. */
import type { modelsSchema } from '../../schemas.js';
import { table } from '../render/table.js';
import type { models } from '../commands/models.js';
import { emptyLines, heading, printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow } from '../shared/options.js';
import { shortModels, usageColumns } from '../views/usage-table.js';
import { priceNotes, unpricedLine } from './summary.js';

/** Shows what each model used and cost, most expensive first, and the total. */
export async function run(options: OptionsOf<typeof models.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now, '30d');
  const [rows, totals] = await Promise.all([
    desk.asker.ask('costByModel', window.params),
    desk.asker.ask('costTotal', window.params),
  ]);
  const [total] = totals;
  if (total === undefined) throw new Error('The pipe cost_total always answers with one row.');
  const json = { window: windowJson(window), models: rows, total };
  await printAnswer<typeof modelsSchema>(desk, options, json, async () => {
    const { terminal } = desk;
    const head = [...heading('Usage by model', window, terminal), ''];
    if (rows.length === 0) return [...head, ...(await emptyLines('requests', window, desk))];
    const short = shortModels(rows.map(({ model }) => model));
    const parts = [
      ...rows.map((row) => ({ ...row, name: short(row.model), isTotal: false })),
      { ...total, name: 'Total', isTotal: true },
    ];
    return [
      ...head,
      ...table(
        parts,
        [
          {
            title: 'Model',
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
