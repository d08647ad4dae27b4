/** `atel models`: tokens and cost by model, as a table with a total. */
import type { modelsSchema } from '../../schemas.js';
import type { models } from '../commands/models.js';
import { printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow } from '../shared/options.js';
import { shortModels } from '../views/usage-table.js';
import { askTotal, partLines } from './part-report.js';

/** Shows what each model used and cost, most expensive first, and the total. */
export async function run(options: OptionsOf<typeof models.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now, '30d');
  const [rows, total] = await Promise.all([
    desk.asker.ask('costByModel', window.params),
    askTotal(desk, window),
  ]);
  const json = { window: windowJson(window), models: rows, total };
  await printAnswer<typeof modelsSchema>(desk, options, json, () => {
    const short = shortModels(rows.map(({ model }) => model));
    return partLines('Model', rows, ({ model }) => short(model), total, window, desk);
  });
}
