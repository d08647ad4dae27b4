/** The definition of `atel flush`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const flush = definition({
  name: 'flush',
  group: 'start',
  summary: 'Deliver what waits, now',
  description: 'Deliver everything now. Exits with 1 if anything remains.',
  examples: ['atel flush', 'atel flush --replay'],
  flags: (made: Command) => made.option('--replay', 'try the refused rows again'),
});
