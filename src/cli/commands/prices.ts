/** The definition of `atel prices`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const prices = definition({
  name: 'prices',
  group: 'ask',
  summary: 'Unit prices of the models, and which have none',
  description:
    'The unit prices of every model that was seen or is known, where each is from, and which models have none.',
  examples: ['atel prices', 'atel prices --json'],
  json: 'prices',
  flags: (made: Command) =>
    made
      .option('--json', 'print JSON')
      .option('--explain', 'also print the pipes that the figures come from, with their parameters'),
});
