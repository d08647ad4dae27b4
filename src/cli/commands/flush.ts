/** The command `atel flush`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { command } from '../shared/command.js';

export const flush = command({
  name: 'flush',
  description: 'Deliver everything now. Exits with 1 if anything remains.',
  examples: ['atel flush', 'atel flush --replay'],
  flags: (made: Command) => made.option('--replay', 'try the refused rows again'),
  run: async ({ replay }, { config, print }) => {
    const { flush } = await import('../bodies/flush.js');
    await flush(config(), { replay }, print);
  },
});
