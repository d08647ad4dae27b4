/** The definition of `atel trace`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addOutputOptions, ZONE_HELP } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const trace = definition({
  name: 'trace',
  group: 'tools',
  summary: 'All events of one task',
  description: 'All events of a task across tools, in order of time: commands, waves, phases, results.',
  examples: ['atel trace BUG-7', 'atel trace BUG-7 --timezone UTC --json', 'atel trace BUG-7 --file'],
  json: 'trace',
  flags: (made: Command) =>
    addOutputOptions(
      made
        .argument('<task>')
        .option('--timezone <name>', ZONE_HELP)
        .option('--project <name>', 'only this project, as the project column names it')
        .option('--limit <count>', 'how many events', '1000')
        .option('--cursor <text>', 'continue after the page that printed this cursor'),
    ),
});
