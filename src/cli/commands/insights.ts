/** The definition of `atel insights`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const insights = definition({
  name: 'insights',
  group: 'ask',
  summary: 'What could be done better',
  description: 'What could be done better, with the figures behind each hint.',
  examples: ['atel insights', 'atel insights --since 30d --explain', 'atel insights --json'],
  json: 'insights',
  flags: (made: Command) => addWindowOptions(made),
});
