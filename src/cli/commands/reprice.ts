/** The definition of `atel reprice`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const reprice = definition({
  name: 'reprice',
  group: 'start',
  summary: 'Compute stored costs again after a change of prices',
  description:
    'Compute the costs of stored requests again, after prices changed: a new version, your settings, or prices learnt from the client. Safe to stop and repeat.',
  examples: ['atel reprice --dry-run', 'atel reprice'],
  flags: (made: Command) => made.option('--dry-run', 'only say what would change'),
});
