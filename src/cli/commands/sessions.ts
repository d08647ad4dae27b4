/** The definition of `atel sessions`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { addWindowOptions } from '../shared/options.js';
import { sessionSorts } from '../../pipes/parts/session-sorts.js';
import { definition } from '../shared/command.js';

export const sessions = definition({
  name: 'sessions',
  group: 'ask',
  summary: 'Sessions in a period, the last active first',
  description: 'Sessions in a period: the last active first, or sorted by another figure.',
  examples: [
    'atel sessions',
    'atel sessions --since 30d --status abandoned',
    'atel sessions --since 7d --sort cost',
    'atel sessions --limit 5 --json',
  ],
  json: 'sessions',
  flags: (made: Command) =>
    addWindowOptions(made)
      .option('--limit <count>', 'how many', '20')
      .option('--cursor <text>', 'continue after the page that printed this cursor')
      .option('--sort <figure>', `by ${sessionSorts.join(', ')}`, 'activity')
      .option('--order <order>', 'desc: the most first, or asc', 'desc')
      .option('--status <state>', 'only active, ended or abandoned sessions')
      .option('--device <id>', 'only sessions of this machine')
      .option('--user <hash>', 'only sessions of this user, as cost_by_user names them'),
});
