/** The definition of `atel monthly`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addReportOptions } from '../shared/report-options.js';

export const monthly = definition({
  name: 'monthly',
  group: 'ask',
  summary: 'Tokens and cost of each month, by model',
  description:
    'Tokens and cost of each month: input, output, cache writes and cache reads. Months without requests are left out.',
  examples: ['atel monthly', 'atel monthly --breakdown', 'atel monthly --since 2026-01-01 --json'],
  json: 'monthly',
  flags: (made: Command) => addReportOptions(made, '365d'),
});
