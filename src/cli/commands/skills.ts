/** The definition of `atel skills`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const skills = definition({
  name: 'skills',
  group: 'ask',
  summary: 'How often each skill was used, and what it cost',
  description:
    'How often each skill was used, how often it failed, what was spent under it, and which skills were not used.',
  examples: ['atel skills', 'atel skills --since 30d', 'atel skills --json'],
  json: 'skills',
  flags: (made: Command) => addWindowOptions(made),
});
