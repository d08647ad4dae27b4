/** The definition of `atel daily`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addReportOptions } from '../shared/report-options.js';

export const daily = definition({
  name: 'daily',
  group: 'ask',
  summary: 'Tokens and cost of each day, by model',
  description:
    'Tokens and cost of each day: input, output, cache writes and cache reads. Days without requests are left out.',
  examples: ['atel daily', 'atel daily --breakdown', 'atel daily --since 2026-11-01 --json'],
  json: 'daily',
  flags: (made: Command) => addReportOptions(made, '30d'),
});
