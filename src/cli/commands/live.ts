/** The definition of `atel live`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { ZONE_HELP } from '../shared/options.js';

export const live = definition({
  name: 'live',
  group: 'ask',
  summary: 'Watch today: cost, limits, active sessions and subagents',
  description:
    'Today at a glance, until q or Ctrl+C: the cost of today and of the last hour, the limits of the plan, the active sessions and the subagents that are running. It is drawn again every few seconds. If the output is no terminal, it is printed once.',
  examples: ['atel live', 'atel live --every 10', 'atel live --once'],
  flags: (made: Command) =>
    made
      .option('--every <seconds>', 'how often the figures are asked for, 1 to 3600 seconds', '2')
      .option('--once', 'print the figures once and end')
      .option('--timezone <name>', ZONE_HELP),
});
