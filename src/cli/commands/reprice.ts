/** The command `atel reprice`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { command } from '../shared/command.js';

export const reprice = command({
  name: 'reprice',
  description:
    'Compute the costs of stored requests again, after prices changed: a new version, your settings, or prices learnt from the client. Safe to stop and repeat.',
  examples: ['atel reprice --dry-run', 'atel reprice'],
  flags: (made: Command) => made.option('--dry-run', 'only say what would change'),
  run: async (options, { config, print }) => {
    const { reprice } = await import('../bodies/reprice.js');
    await reprice(config(), options, print);
  },
});
