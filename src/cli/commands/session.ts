/** The definition of `atel session`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addOutputOptions, ZONE_HELP } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const session = definition({
  name: 'session',
  group: 'ask',
  summary: 'One session, prompt by prompt',
  description:
    'One session, prompt by prompt: requests, agents, tools and skills, with tokens and cost. At privacy tier 2 or 3 also the beginnings of the texts that are kept.',
  examples: ['atel session 1f3a', 'atel session 1f3a --timezone UTC', 'atel session 1f3a --json'],
  json: 'session',
  flags: (made: Command) =>
    addOutputOptions(
      made
        .argument('<id>')
        .option('--timezone <name>', ZONE_HELP)
        .option('--texts', 'print the kept texts whole'),
    ),
});
