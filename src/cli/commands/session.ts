/** The definition of `atel session`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addOutputOptions, ZONE_HELP } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const session = definition({
  name: 'session',
  group: 'ask',
  summary: 'One session, prompt by prompt',
  description: 'One session, prompt by prompt: requests, agents, tools and skills, with tokens and cost.',
  examples: ['atel session 1f3a', 'atel session 1f3a --timezone UTC', 'atel session 1f3a --json'],
  json: 'session',
  flags: (made: Command) => addOutputOptions(made.argument('<id>').option('--timezone <name>', ZONE_HELP)),
});
