/** The command `atel insights`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { question } from '../shared/question.js';

export const insights = question({
  name: 'insights',
  description: 'What could be done better, with the figures behind each hint.',
  examples: ['atel insights', 'atel insights --since 30d --explain', 'atel insights --json'],
  json: 'insights',
  flags: (made: Command) => addWindowOptions(made),
  run: async (options, desk) => {
    const { insights } = await import('../bodies/insights.js');
    await insights(options, desk);
  },
});
