/** The definition of `atel trends`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { definition } from '../shared/command.js';

export const trends = definition({
  name: 'trends',
  group: 'ask',
  summary: 'Cost and usage over time, with bars',
  description: 'Cost and usage over time, by hour, day, week or month.',
  examples: ['atel trends', 'atel trends --weekly', 'atel trends --period monthly --timezone Europe/Berlin'],
  json: 'trends',
  flags: (made: Command) =>
    addWindowOptions(made, 'by the period,')
      .option('--period <name>', 'hourly, daily, weekly (from Monday) or monthly (default: daily)')
      .option('--hourly', 'the same as --period hourly')
      .option('--daily', 'the same as --period daily')
      .option('--weekly', 'the same as --period weekly')
      .option('--monthly', 'the same as --period monthly'),
});
