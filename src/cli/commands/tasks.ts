/** The definition of `atel tasks`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const tasks = definition({
  name: 'tasks',
  group: 'tools',
  summary: 'How long your tasks took, and which phase is the bottleneck',
  description:
    'How long the tasks of your own tools took, which phase is the bottleneck, what changed, and what each phase used.',
  examples: ['atel tasks', 'atel tasks --since 30d --project shop-7815fea6', 'atel tasks --json'],
  json: 'tasks',
  flags: (made: Command) => addWindowOptions(made),
});
