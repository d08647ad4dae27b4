/** The definition of `atel models`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addWindowOptions } from '../shared/options.js';

export const models = definition({
  name: 'models',
  group: 'ask',
  summary: 'Tokens and cost of each model',
  description: 'Tokens and cost of each model, most expensive first.',
  examples: ['atel models', 'atel models --since month', 'atel models --since 2026-11-01 --json'],
  json: 'models',
  flags: (made: Command) => addWindowOptions(made, '30d'),
});
