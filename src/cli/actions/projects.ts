/** `atel projects`: tokens and cost by project, as a table with a total. */
import type { projectsSchema } from '../../schemas.js';
import type { projects } from '../commands/projects.js';
import { printAnswer, windowJson, type Desk } from '../shared/answer.js';
import type { OptionsOf } from '../shared/command.js';
import { readWindow } from '../shared/options.js';
import { askTotal, partLines } from './part-report.js';

/** Shows what each project used and cost, most expensive first, and the total. */
export async function run(options: OptionsOf<typeof projects.flags>, desk: Desk): Promise<void> {
  const window = readWindow(options, desk.now, '30d');
  const [rows, total] = await Promise.all([
    desk.asker.ask('costByProject', window.params),
    askTotal(desk, window),
  ]);
  const json = { window: windowJson(window), projects: rows, total };
  await printAnswer<typeof projectsSchema>(desk, options, json, () =>
    partLines('Project', rows, ({ project_name: name }) => name, total, window, desk),
  );
}
