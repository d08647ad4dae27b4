/** The definition of `atel projects`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const projects = definition({
  name: 'projects',
  group: 'ask',
  summary: 'Tokens and cost of each project',
  description: 'Tokens and cost of each project, most expensive first.',
  examples: ['atel projects', 'atel projects --since month', 'atel projects --since 2026-11-01 --json'],
  json: 'projects',
  flags: (made: Command) => addWindowOptions(made, '30d'),
});
