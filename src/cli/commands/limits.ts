/** The definition of `atel limits`: its name, options and examples. */
import { Option, type Command } from '@commander-js/extra-typings';
import { groupNames } from '../../pipes/parts/group-names.js';
import { definition } from '../shared/command.js';
import { addOutputOptions, ZONE_HELP } from '../shared/options.js';

export const limits = definition({
  name: 'limits',
  group: 'ask',
  summary: "How far the plan's limits are used, when they run out, and by what",
  description:
    "How far each limit of the plan is used, at which pace, when it runs out if that goes on, and what the current period was used for. The readings are the client's, from its status line: atel init --statusline.",
  examples: [
    'atel limits',
    'atel limits --by agent',
    'atel limits --limit five_hour --past --since 30d',
    'atel limits --json',
  ],
  json: 'limits',
  flags: (made: Command) =>
    addOutputOptions(made)
      .addOption(
        new Option('--by <part>', 'what the current period is broken down by')
          .choices(groupNames)
          .default('project' as const),
      )
      .option('--limit <name>', 'the limit whose current period is broken down (default: the most used one)')
      .option('--past', 'also list the earlier periods')
      .option('--since <when>', 'first reading: 24h, 7d, 2w, 1mo, 2026-11-20 (default: 7d before --until)')
      .option('--until <when>', 'last reading, not included (default: now)')
      .option('--timezone <name>', ZONE_HELP),
});
