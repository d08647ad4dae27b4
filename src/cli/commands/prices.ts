/** The command `atel prices`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { question } from '../shared/question.js';

export const prices = question({
  name: 'prices',
  description:
    'The unit prices of every model that was seen or is known, where each is from, and which models have none.',
  examples: ['atel prices', 'atel prices --json'],
  json: 'prices',
  flags: (made: Command) =>
    made
      .option('--json', 'print JSON')
      .option('--explain', 'also print the pipes that the figures come from, with their parameters'),
  run: async (options, desk) => {
    const { prices } = await import('../bodies/prices.js');
    await prices(options, desk);
  },
});
