/** The definition of `atel failures`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const failures = definition({
  name: 'failures',
  group: 'tools',
  summary: 'How often tasks, commands and tool calls fail',
  description:
    'How often tasks fail by tool, phase and type, how often commands and tool calls do, with which model and in which way, and where sessions went round in circles: the same failure again and again, or a check that fails after each edit.',
  examples: ['atel failures', 'atel failures --since 30d', 'atel failures --json'],
  json: 'failures',
  flags: (made: Command) => addWindowOptions(made).option('--top <count>', 'how many rows of each', '10'),
});
