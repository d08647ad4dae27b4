/** The definition of `atel context`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const context = definition({
  name: 'context',
  group: 'tools',
  summary: 'How much context each task used',
  description: 'How much context each task used: its snapshots, tokens and cost.',
  examples: ['atel context', 'atel context --since 30d --top 50', 'atel context --json'],
  json: 'context',
  flags: (made: Command) => addWindowOptions(made).option('--top <count>', 'how many tasks', '20'),
});
