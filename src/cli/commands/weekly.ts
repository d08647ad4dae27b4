/** The definition of `atel weekly`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';
import { addReportOptions } from '../shared/report-options.js';

export const weekly = definition({
  name: 'weekly',
  group: 'ask',
  summary: 'Tokens and cost of each week, by model',
  description:
    'Tokens and cost of each week (from Monday): input, output, cache writes and cache reads. Weeks without requests are left out.',
  examples: ['atel weekly', 'atel weekly --breakdown', 'atel weekly --since 2026-09-01 --json'],
  json: 'weekly',
  flags: (made: Command) => addReportOptions(made, '84d'),
});
