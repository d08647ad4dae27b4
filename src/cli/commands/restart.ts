/** The definition of `atel restart`: its name, options and examples. */
import type { Command } from '@commander-js/extra-typings';
import { definition } from '../shared/command.js';

export const restart = definition({
  name: 'restart',
  group: 'start',
  summary: 'Stop them and start them in the background',
  description:
    'Stop the embedded store, if it runs, and start it in the background. Exits with 1 if it does not end or does not answer.',
  examples: ['atel restart'],
  flags: (made: Command) => made,
});
