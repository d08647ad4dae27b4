/** The command `atel context`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { question } from '../shared/question.js';

export const context = question({
  name: 'context',
  description: 'How much context each task used: its snapshots, tokens and cost.',
  examples: ['atel context', 'atel context --since 30d --top 50', 'atel context --json'],
  json: 'context',
  flags: (made: Command) => addWindowOptions(made).option('--top <count>', 'how many tasks', '20'),
  run: async (options, desk) => {
    const { context } = await import('../bodies/context.js');
    await context(options, desk);
  },
});
